import { type Histogram, metrics, type Meter } from '@opentelemetry/api';

const METER = 'countersign';

/** What measurements are told apart by, as the conventions name it. Ids of runs do not belong here: each would be a time series of its own. */
export interface MetricFields {
  readonly 'gen_ai.tool.name'?: string;
  readonly 'error.type'?: string;
}

/** A metric of the GenAI conventions, and its unit. */
export const TOOL_DURATION = { name: 'gen_ai.execute_tool.duration', unit: 's' } as const;

export interface Instrument {
  /** Dotted, lower case: `countersign.decisions`. */
  readonly name: string;
  /** UCUM: `s`, `By`, `{decision}`. */
  readonly unit: string;
  readonly description?: string;
}

/** The API has no proxy for meters: what is made before telemetry starts does nothing for ever. So an instrument is made when it is used. */
const late = <Made>(make: (meter: Meter) => Made): (() => Made) => {
  let from: unknown;
  let made: Made | undefined;
  return () => {
    const provider = metrics.getMeterProvider();
    if (made === undefined || from !== provider) {
      from = provider;
      made = make(provider.getMeter(METER));
    }
    return made;
  };
};

/** Takes the spread of a figure, such as seconds. Does nothing while metrics are off. */
export const histogram = ({ name, ...options }: Instrument): ((value: number, fields?: MetricFields) => void) => {
  const instrument = late<Histogram>((meter) => meter.createHistogram(name, options));
  return (value, fields = {}) => instrument().record(value, { ...fields });
};

/**
 * Publishes plain counters that somebody keeps anyway: they are read when figures are sent, so counting itself costs nothing.
 * To be called after telemetry has started. Returns what takes them back.
 */
export const publishCounters = (prefix: string, read: () => Readonly<Record<string, number>>): (() => void) => {
  const meter = metrics.getMeterProvider().getMeter(METER);
  const stops = Object.keys(read()).map((key) => {
    const instrument = meter.createObservableCounter(`${prefix}.${key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
    const observe: Parameters<typeof instrument.addCallback>[0] = (result) => {
      const value = read()[key];
      if (value !== undefined) result.observe(value);
    };
    instrument.addCallback(observe);
    return () => instrument.removeCallback(observe);
  });
  return () => {
    for (const stop of stops) stop();
  };
};
