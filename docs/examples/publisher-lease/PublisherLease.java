import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.Lease;
import io.lockstep.client.LeaseListener;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishException;
import io.lockstep.client.PublisherConfig;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One controller commands a plant at a time: who lost the lease is refused, whatever it believes. Argument: the nodes,
 * host:port,host:port,…
 */
public final class PublisherLease {
    private static final String TOPIC = "examples/valve";

    private PublisherLease() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
            final long first;
            try (Lease lease = acquire(client)) {
                first = lease.token();
                publisher.publish(TOPIC, new MessageOptions().fence(first), bytes("open"));
                System.out.println("the first controller opened the valve");
            }

            // The first one gave the lease back, but goes on as if it still had it.
            try (Lease lease = acquire(client)) {
                try {
                    publisher.publish(TOPIC, new MessageOptions().fence(first), bytes("close"));
                    System.out.println("never printed");
                } catch (final PublishException ex) {
                    System.out.println("the first controller was refused: " + ex.code());
                }
                System.out.println("the token rose: " + (lease.token() > first));
            }
        }
    }

    /** Waits until this process holds the lease. Each holder gets a higher token. */
    private static Lease acquire(final LockstepClient client) {
        final Lease lease = client.addLease(TOPIC, TimeUnit.SECONDS.toNanos(10), new Silent());
        while (!lease.isHeld()) {
            client.doWork();
        }
        return lease;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final class Silent implements LeaseListener {
        @Override
        public void onAcquired(
                final Lease lease, final long token, final int shardId, final long journalPosition) {}

        @Override
        public void onLost(final Lease lease, final String reason) {}
    }
}
