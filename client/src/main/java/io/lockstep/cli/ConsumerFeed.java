package io.lockstep.cli;

import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.ConsumerListener;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.SharedCoreIdling;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;

/** Prints messages as a durable consumer: what standard output took is acknowledged. */
final class ConsumerFeed {
    private static final int MESSAGE_LIMIT = 256;
    private static final long NONE = -1;

    private final ConsumerConfig config;
    private final MessagePrinter printer;
    private final PrintStream out;
    private final PrintWriter err;
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
    private long[] printed = {};

    ConsumerFeed(
            final ConsumerConfig config, final MessagePrinter printer, final PrintStream out, final PrintWriter err) {
        this.config = config.listener(new Owners());
        this.printer = printer;
        this.out = out;
        this.err = err;
    }

    /** Prints until it is stopped, enough came or nothing came for so long; 1 where standard output fails. */
    int run(final LockstepClient client, final StopSignal stop, final long count, final long idleNs) {
        printed = new long[client.shardCount()];
        Arrays.fill(printed, NONE);
        try (Consumer consumer = client.addConsumer(config, this::onMessage)) {
            long lastNs = System.nanoTime();
            while (!stop.isStopping() && (count == 0 || printer.count() < count)) {
                final long wanted = count == 0 ? MESSAGE_LIMIT : Math.min(MESSAGE_LIMIT, count - printer.count());
                final int delivered = consumer.poll((int) wanted);
                // checkError also flushes: only what was written is acknowledged.
                if (out.checkError()) {
                    return 1;
                }
                acknowledge(consumer);
                // Silence counts from when messages could come.
                if (delivered > 0 || !consumer.isConnected()) {
                    lastNs = System.nanoTime();
                } else if (idleNs > 0 && System.nanoTime() - lastNs >= idleNs) {
                    break;
                }
                idleStrategy.idle(delivered);
            }
            if (!consumer.flush(TimeUnit.SECONDS.toNanos(5))) {
                throw new CommandFailure("not all of what was printed could be acknowledged in time; it comes again"
                        + " next time. 'lockstep status' shows whether the shards have leaders");
            }
        }
        return 0;
    }

    private void onMessage(final Message message) {
        printer.onMessage(message);
        printed[message.shardId()] = message.position();
    }

    private void acknowledge(final Consumer consumer) {
        for (int shardId = 0; shardId < printed.length; shardId++) {
            if (printed[shardId] != NONE) {
                consumer.ack(shardId, printed[shardId]);
                printed[shardId] = NONE;
            }
        }
    }

    private final class Owners implements ConsumerListener {
        @Override
        public void onOwnerChanged(final int shardId, final boolean isOwner) {
            err.printf("shard %d: %s%n", shardId, isOwner ? "owner" : "another member takes over");
            err.flush();
        }
    }
}
