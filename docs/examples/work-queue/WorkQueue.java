import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublisherConfig;
import java.util.concurrent.TimeUnit;

/**
 * Two workers share ten jobs. One job fails at first and is handed out again. Argument: the nodes, host:port,host:port,…
 */
public final class WorkQueue {
    private static int done;

    private WorkQueue() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
            for (int i = 1; i <= 10; i++) {
                publisher.publish("examples/jobs", "job " + i);
            }
            final GroupConfig config = new GroupConfig()
                    .name("examples-workers")
                    .filter("examples/jobs")
                    .start(StartPosition.start())
                    .credit(2)
                    .maxAttempts(3)
                    .redeliveryDelayNs(TimeUnit.MILLISECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(1));
            // Usually two programs; each message goes to one of them at a time.
            try (GroupMember one = client.addGroupMember(config, WorkQueue::work);
                    GroupMember two = client.addGroupMember(config, WorkQueue::work)) {
                while (done < 10) {
                    one.poll(1);
                    two.poll(1);
                }
            }
        }
        System.out.println("done: " + done + " jobs");
    }

    private static void work(final GroupDelivery delivery) {
        final String job = delivery.message().payloadText();
        if ("job 7".equals(job) && delivery.attempt() == 1) {
            System.out.println(job + " failed");
            delivery.reject();
        } else {
            System.out.println(job + " done, attempt " + delivery.attempt());
            delivery.ack();
            done++;
        }
    }
}
