import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.agrona.concurrent.IdleStrategy;

/**
 * Processes every message of a topic exactly once, whenever it is killed: the position up to which the journal was
 * consumed is stored together with the result, in one file that is replaced as a whole. It goes on at the stored position,
 * so what was processed behind it, and is not in the result, is processed again; what is in the result is not.
 *
 * <p>Arguments: the nodes, host:port,host:port,…, a topic, and the file. Ends at a message {@code end}.
 */
public final class ExactlyOnce {
    private static final int BATCH = 50;

    private final Path file;
    private final Properties stored = new Properties();
    // The result: how many numbers came, their sum, and a hash that depends on their order.
    private long count;
    private long sum;
    private long hash;
    private boolean isEnded;

    private ExactlyOnce(final Path file) throws IOException {
        this.file = file;
        if (Files.exists(file)) {
            try (var reader = Files.newBufferedReader(file)) {
                stored.load(reader);
            }
            count = Long.parseLong(stored.getProperty("count"));
            sum = Long.parseLong(stored.getProperty("sum"));
            hash = Long.parseLong(stored.getProperty("hash"));
            isEnded = Boolean.parseBoolean(stored.getProperty("ended"));
        }
    }

    public static void main(final String[] args) throws IOException {
        new ExactlyOnce(Path.of(args[2])).run(args[0], args[1]);
    }

    private void run(final String nodes, final String topic) throws IOException {
        final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
        try (LockstepClient client = LockstepClient.connect(nodes)) {
            final SubscriberConfig config = new SubscriberConfig().filter(topic).start(StartPosition.start());
            // One position for each shard that was read: where to go on.
            for (int shardId = 0; shardId < client.shardCount(); shardId++) {
                final String position = stored.getProperty("position." + shardId);
                if (position != null) {
                    config.start(shardId, StartPosition.position(Long.parseLong(position)));
                }
            }
            final Subscriber subscriber = client.addSubscriber(config, this::process);
            while (!isEnded) {
                final int delivered = subscriber.poll(BATCH);
                if (delivered > 0) {
                    store(client, subscriber);
                }
                idleStrategy.idle(delivered);
            }
        }
        System.out.println("count " + count + ", sum " + sum + ", hash " + hash);
    }

    // Changes the result in memory only: it becomes true with the next store.
    private void process(final Message message) {
        final String text = message.payloadText();
        if (text.equals("end")) {
            isEnded = true;
            return;
        }
        final long number = Long.parseLong(text);
        count++;
        sum += number;
        hash = 31 * hash + number;
    }

    // The transaction: a new file with position and result is forced to the disk and put in the place of the old one.
    private void store(final LockstepClient client, final Subscriber subscriber) throws IOException {
        final StringBuilder text = new StringBuilder();
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            if (subscriber.hasShard(shardId) && subscriber.position(shardId) >= 0) {
                text.append("position.").append(shardId).append('=').append(subscriber.position(shardId)).append('\n');
            }
        }
        text.append("count=").append(count).append('\n');
        text.append("sum=").append(sum).append('\n');
        text.append("hash=").append(hash).append('\n');
        text.append("ended=").append(isEnded).append('\n');
        final Path next = file.resolveSibling(file.getFileName() + ".next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            final ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        // The new name is to survive a loss of power, too.
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }
}
