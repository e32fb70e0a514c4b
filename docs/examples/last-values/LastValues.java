import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.BlockingSubscriber;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ReceivedMessage;
import io.lockstep.client.SubscriberConfig;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Who subscribes late gets the last value of each topic first, and then everything after. Argument: the nodes,
 * host:port,host:port,…
 */
public final class LastValues {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private LastValues() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
            final MessageOptions retained = new MessageOptions().retain();
            publisher.publish("examples/tank/level", retained, bytes("10"));
            publisher.publish("examples/tank/level", retained, bytes("11"));

            try (BlockingSubscriber subscriber = client.addBlockingSubscriber(
                    new SubscriberConfig().filter("examples/tank/+").withLastValues())) {
                final ReceivedMessage value = subscriber.take(TIMEOUT_NS);
                System.out.println("at first: " + text(value));
                publisher.publish("examples/tank/level", retained, bytes("12"));
                System.out.println("then: " + text(subscriber.take(TIMEOUT_NS)));
            }
        }
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final ReceivedMessage message) {
        return message == null ? "nothing" : new String(message.payload(), StandardCharsets.UTF_8);
    }
}
