package io.lockstep.client;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

/**
 * Counters of one client since it connected. Written by the thread that owns the client; any thread may read them. What
 * changes with each message is current; what describes the present (readers, bytes of windows) is at most 100 ms old
 * while the client works.
 */
public final class ClientCounters {
    // More than there are counters, so that one can be added without a thought.
    private static final int CAPACITY = 32;

    private final CountersManager manager = new CountersManager(
            new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY * CountersReader.METADATA_LENGTH)),
            new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY * CountersReader.COUNTER_LENGTH)));
    private final Map<ClientCounter, AtomicCounter> counters = new EnumMap<>(ClientCounter.class);

    ClientCounters() {
        for (final ClientCounter counter : ClientCounter.values()) {
            counters.put(counter, manager.newCounter(counter.label(), counter.id()));
        }
    }

    /**
     * Value of a counter.
     *
     * @param counter which.
     * @return from 0.
     */
    public long value(final ClientCounter counter) {
        return counters.get(counter).get();
    }

    /**
     * All counters in agrona's form: type id is {@link ClientCounter#id()}.
     *
     * @return for any thread; valid for the life of the client and after.
     */
    public CountersReader reader() {
        return manager;
    }

    void increment(final ClientCounter counter) {
        counters.get(counter).incrementRelease();
    }

    void add(final ClientCounter counter, final long amount) {
        counters.get(counter).getAndAddRelease(amount);
    }

    void set(final ClientCounter counter, final long value) {
        counters.get(counter).setRelease(value);
    }
}
