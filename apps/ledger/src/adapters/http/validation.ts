import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { CountersignError } from '@countersign/kernel';

/** The value itself is not repeated: it can be anything. */
const describe = ({ property, constraints }: ValidationError): string => `\`${property.slice(0, 60)}\`: ${Object.values(constraints ?? { unknown: 'is not as it must be' }).join(', ')}`;

/** Checks the parameters of a request by their class and refuses unknown ones, with `REQUEST_INVALID` and every fault at once. */
export const requestValidation = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: (faults) => new CountersignError('REQUEST_INVALID', `the parameters are not as they must be: ${faults.map(describe).join('; ')}`),
  });
