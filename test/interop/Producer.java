import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A stock producer: the Java client with nothing set but how to log in, and the compression where one is asked for.
 * Lines of standard input: brokers, user, password and topic; then one line for each record, the compression and the value
 * with a tab between them.
 */
public final class Producer {
  public static void main(String[] args) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Properties login = new Properties();
    login.put("bootstrap.servers", input.readLine());
    login.put("security.protocol", "SASL_PLAINTEXT");
    login.put("sasl.mechanism", "SCRAM-SHA-512");
    login.put("sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + input.readLine()
            + "\" password=\"" + input.readLine() + "\";");
    login.put("key.serializer", StringSerializer.class.getName());
    login.put("value.serializer", StringSerializer.class.getName());
    String topic = input.readLine();
    int sent = 0;
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      int tab = line.indexOf('\t');
      Properties settings = new Properties();
      settings.putAll(login);
      if (!line.substring(0, tab).equals("none")) {
        settings.put("compression.type", line.substring(0, tab));
      }
      try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
        producer.send(new ProducerRecord<>(topic, line.substring(tab + 1))).get();
      }
      sent += 1;
    }
    System.out.println("{\"sent\":" + sent + "}");
  }
}
