"""A stock producer: librdkafka with nothing set but how to log in, and the compression where one is asked for.

Reads one JSON object from standard input: brokers, username, password, topic and records, each with value and compression.
With `group` it also reads what is answered on `outcomes`, until each of `awaited` was named.
"""
import json
import sys

from confluent_kafka import Consumer, Producer

given = json.load(sys.stdin)
login = {
    "bootstrap.servers": given["brokers"],
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": given["username"],
    "sasl.password": given["password"],
}
failures = []


def on_delivery(error, _message):
    if error is not None:
        failures.append(str(error))


for record in given["records"]:
    compression = {} if record["compression"] == "none" else {"compression.type": record["compression"]}
    producer = Producer({**login, **compression})
    producer.produce(given["topic"], value=record["value"].encode(), on_delivery=on_delivery)
    if producer.flush(30) > 0:
        failures.append("not flushed")
if failures:
    sys.exit("\n".join(failures))

awaited = set(given.get("awaited", []))
if awaited:
    consumer = Consumer({**login, "group.id": given["group"], "auto.offset.reset": "earliest"})
    consumer.subscribe([given["outcomes"]])
    for _ in range(600):
        message = consumer.poll(0.1)
        if message is None or message.error():
            continue
        event = json.loads(message.value())
        if event["type"] == "countersign.task.finished":
            awaited.discard(event["data"]["task"])
        if not awaited:
            break
    consumer.close()
    if awaited:
        sys.exit("no end of: " + ", ".join(sorted(awaited)))
print(json.dumps({"sent": len(given["records"])}))
