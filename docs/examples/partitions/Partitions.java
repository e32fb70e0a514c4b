import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PartitionListener;
import io.lockstep.client.PartitionedConsumer;
import io.lockstep.client.PublisherConfig;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A topic with four partitions: messages of one key keep their order in one of them. Argument: the nodes,
 * host:port,host:port,…
 */
public final class Partitions {
    private static final String TOPIC = "examples/trades";
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private Partitions() {}

    public static void main(final String[] args) {
        try (LockstepClient client = LockstepClient.connect(args[0])) {
            // Usually once and by hand, before the first message: lockstep partitions set examples/trades 4
            final TopicPolicies policies =
                    new TopicPolicies(List.of(new TopicPolicy(TopicFilter.parse(TOPIC), 4, false)));
            for (int shardId = 0; shardId < client.shardCount(); shardId++) {
                client.policies().apply(shardId, 1, policies, false, TIMEOUT_NS);
            }
            client.policies().list(TIMEOUT_NS);

            final MessageOptions options = new MessageOptions();
            try (BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig())) {
                for (int i = 0; i < 40; i++) {
                    final String key = "customer-" + i % 8;
                    publisher.publish(
                            TOPIC, options.clear().key(key), (key + ":" + i).getBytes(StandardCharsets.UTF_8));
                }
            }
            final Map<String, Integer> partitionOfKey = new HashMap<>();
            final Map<String, Integer> lastOfKey = new HashMap<>();
            final int[] seen = new int[2];
            try (PartitionedConsumer consumer = client.addPartitionedConsumer(
                    new ConsumerConfig()
                            .name("examples-settlement")
                            .filter(TOPIC)
                            .start(StartPosition.start()),
                    PartitionListener.NONE,
                    message -> {
                        final String[] parts = message.payloadText().split(":", 2);
                        final int number = Integer.parseInt(parts[1]);
                        final Integer partition = partitionOfKey.put(parts[0], message.partition());
                        final Integer last = lastOfKey.put(parts[0], number);
                        seen[0]++;
                        seen[1] += (partition == null || partition == message.partition())
                                        && (last == null || last < number)
                                ? 1
                                : 0;
                    })) {
                while (seen[0] < 40) {
                    consumer.poll(10);
                }
            }
            System.out.println("each key kept its order in one partition: " + (seen[1] == 40));
        }
    }
}
