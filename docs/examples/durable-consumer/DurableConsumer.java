import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublisherConfig;
import java.util.concurrent.TimeUnit;

/**
 * A consumer whose place is kept by the cluster: it stops after five of ten messages and goes on with the sixth. Argument:
 * the nodes, host:port,host:port,…
 */
public final class DurableConsumer {
    private static int count;

    private DurableConsumer() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
            for (int i = 1; i <= 10; i++) {
                publisher.publish("examples/orders/eu", "order " + i);
            }
        }
        consume(args[0], 5);
        System.out.println("stopped after " + count);
        consume(args[0], 10);
    }

    private static void consume(final String nodes, final int upTo) {
        try (LockstepClient client = LockstepClient.connect(nodes)) {
            final Consumer[] consumer = new Consumer[1];
            consumer[0] = client.addConsumer(
                    new ConsumerConfig()
                            .name("examples-billing")
                            .filter("examples/orders/#")
                            .start(StartPosition.start()),
                    message -> {
                        count++;
                        System.out.println(message.payloadText());
                        // What is acknowledged never comes again; the rest does.
                        consumer[0].ack(message);
                    });
            while (count < upTo) {
                consumer[0].poll(1);
            }
            consumer[0].flush(TimeUnit.SECONDS.toNanos(10));
            consumer[0].close();
        }
    }
}
