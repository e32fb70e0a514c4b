package io.lockstep.cli;

import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;

/** Prints what a member of a group is handed out. What was printed counts as done only once it was written. */
final class GroupPrinter {
    private static final int MESSAGE_LIMIT = 256;
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(10);

    private record Printed(int shardId, long position, int attempt) {}

    private final LockstepClient client;
    private final MessagePrinter printer;
    private final PrintStream out;
    private final StopSignal stop;
    private final IdleStrategy idleStrategy;
    private final boolean isAcking;
    private final List<Printed> printed = new ArrayList<>();

    GroupPrinter(
            final LockstepClient client,
            final MessagePrinter printer,
            final PrintStream out,
            final StopSignal stop,
            final IdleStrategy idleStrategy,
            final boolean isAcking) {
        this.client = client;
        this.printer = printer;
        this.out = out;
        this.stop = stop;
        this.idleStrategy = idleStrategy;
        this.isAcking = isAcking;
    }

    /** Reads until it is enough, and returns the exit status. */
    int read(final GroupConfig config, final long count, final long idleNs) {
        try (GroupMember member = client.addGroupMember(config, this::onDelivery)) {
            long lastNs = System.nanoTime();
            while (!stop.isStopping() && (count == 0 || printer.count() < count)) {
                final long wanted = count == 0 ? MESSAGE_LIMIT : Math.min(MESSAGE_LIMIT, count - printer.count());
                final int delivered = member.poll((int) wanted);
                if (out.checkError()) {
                    return 1;
                }
                acknowledge(member);
                if (delivered > 0) {
                    lastNs = System.nanoTime();
                    idleStrategy.reset();
                } else if (idleNs > 0 && member.isJoined() && System.nanoTime() - lastNs >= idleNs) {
                    break;
                } else {
                    idleStrategy.idle();
                }
            }
            if (!member.drain(DRAIN_NS)) {
                throw new CommandFailure(
                        "the shards did not answer to what is done in time; what was printed last may be"
                                + " handed out again");
            }
            return 0;
        }
    }

    private void onDelivery(final GroupDelivery delivery) {
        printer.onMessage(delivery.message());
        if (isAcking) {
            printed.add(new Printed(delivery.shardId(), delivery.position(), delivery.attempt()));
        }
    }

    private void acknowledge(final GroupMember member) {
        for (final Printed each : printed) {
            member.ack(each.shardId(), each.position(), each.attempt());
        }
        printed.clear();
    }
}
