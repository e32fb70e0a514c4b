package io.lockstep.cluster.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** A Raft log: commands, timers and cluster events, with timestamps that sometimes run backwards. */
final class SimulatedLog {
    private static final long MAX_STEP_NS = 50_000_000L;
    private static final int ENTRY_LENGTH = 96;
    private static final int TIMER_LENGTH = -1;
    private static final int TERM_LENGTH = -2;

    /** Stands for an event of the cluster that is no command. */
    static final byte[] EVENT = new byte[0];

    /** Stands for the beginning of a leadership term. */
    static final byte[] TERM = new byte[1];

    private final Random random;
    private final List<byte[]> commands = new ArrayList<>();
    private final List<Long> timestamps = new ArrayList<>();
    private long nowNs = 1_000_000_000L;

    SimulatedLog(final Random random) {
        this.random = random;
    }

    /** Appends a command, {@link #EVENT}, {@link #TERM}, or null for the timer. */
    void append(final byte[] command) {
        nowNs += (long) (random.nextDouble() * MAX_STEP_NS);
        final boolean hasJumped = random.nextInt(50) == 0;
        commands.add(command);
        timestamps.add(hasJumped ? nowNs - random.nextInt((int) MAX_STEP_NS) : nowNs);
    }

    /** Lets an engine apply the entry at an index. */
    void apply(final int index, final Engine engine) {
        final byte[] command = commands.get(index);
        final long logPosition = (index + 1L) * ENTRY_LENGTH;
        final long timestampNs = timestamps.get(index);
        if (command == null) {
            engine.onTimer(logPosition, timestampNs);
        } else if (command == TERM) {
            engine.onLeadershipTerm(logPosition, timestampNs);
        } else if (command.length == 0) {
            engine.onClusterEvent(logPosition, timestampNs);
        } else {
            engine.onCommand(index % 5, logPosition, timestampNs, new UnsafeBuffer(command), 0, command.length);
        }
    }

    void write(final DataOutputStream output) throws IOException {
        output.writeInt(commands.size());
        for (int i = 0; i < commands.size(); i++) {
            final byte[] command = commands.get(i);
            output.writeLong(timestamps.get(i));
            if (command == null || command == TERM) {
                output.writeInt(command == null ? TIMER_LENGTH : TERM_LENGTH);
            } else {
                output.writeInt(command.length);
                output.write(command);
            }
        }
    }

    static SimulatedLog read(final DataInputStream input) throws IOException {
        final SimulatedLog log = new SimulatedLog(null);
        for (int entries = input.readInt(); entries > 0; entries--) {
            log.timestamps.add(input.readLong());
            final int length = input.readInt();
            log.commands.add(
                    switch (length) {
                        case TIMER_LENGTH -> null;
                        case TERM_LENGTH -> TERM;
                        default -> input.readNBytes(length);
                    });
        }
        return log;
    }

    void advance(final long deltaNs) {
        nowNs += deltaNs;
    }

    long nowNs() {
        return nowNs;
    }

    int length() {
        return commands.size();
    }
}
