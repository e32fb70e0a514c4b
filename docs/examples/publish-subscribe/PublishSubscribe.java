import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** Publishes ten messages and reads them from the start of the journal. Argument: the nodes, host:port,host:port,… */
public final class PublishSubscribe {
    private static int received;

    private PublishSubscribe() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0])) {
            final Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
            for (int i = 1; i <= 10; i++) {
                final byte[] payload = ("reading " + i).getBytes(StandardCharsets.UTF_8);
                // An offer that is not taken is tried again; one that can never be taken throws here.
                while (!Publisher.isTaken(
                        publisher.offer("examples/temperature", new UnsafeBuffer(payload), 0, payload.length))) {
                    client.doWork();
                }
            }
            publisher.drain(TimeUnit.SECONDS.toNanos(30));

            final Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("examples/+").start(StartPosition.start()), message -> {
                        received++;
                        System.out.println(message.topic() + " " + message.topicSequence() + ": " + message.payloadText());
                    });
            while (received < 10) {
                if (subscriber.poll(100) == 0) {
                    Thread.onSpinWait();
                }
            }
            System.out.println("received 10 messages");
        }
    }
}
