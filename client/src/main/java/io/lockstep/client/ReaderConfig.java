package io.lockstep.client;

import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What everything that reads messages has in common: filters, where to begin, and how to read. The base of builders; not
 * thread-safe.
 *
 * @param <C> the builder itself.
 */
public abstract class ReaderConfig<C extends ReaderConfig<C>> {
    /** Node id that stands for any node. */
    public static final int ANY_NODE = -1;

    private final int maxFilters;
    private final List<TopicFilter> filters = new ArrayList<>();
    private StartPosition start = StartPosition.live();
    private int preferredNodeId = ANY_NODE;
    private long silenceTimeoutNs = JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS;

    ReaderConfig(final int maxFilters) {
        this.maxFilters = maxFilters;
    }

    abstract C self();

    final void copyReaderTo(final ReaderConfig<C> copy) {
        copy.filters.addAll(filters);
        copy.start = start;
        copy.preferredNodeId = preferredNodeId;
        copy.silenceTimeoutNs = silenceTimeoutNs;
    }

    /**
     * Adds a topic filter with MQTT's rules. A message that matches several filters is delivered once.
     *
     * @param text of the filter.
     * @return this.
     * @throws IllegalArgumentException with a sentence where the text is no filter or there are too many.
     */
    public final C filter(final String text) {
        if (filters.size() == maxFilters) {
            throw new IllegalArgumentException("at most " + maxFilters + " filters can be given");
        }
        filters.add(TopicFilter.parse(text));
        return self();
    }

    /**
     * The filters.
     *
     * @return in the order in which they were added.
     */
    public final List<TopicFilter> filters() {
        return List.copyOf(filters);
    }

    /**
     * Sets where to begin; what exists in the cluster already, a durable consumer or a group, goes on where it is.
     *
     * @param newStart {@link StartPosition#live()} by default. A position makes sense here only with one shard.
     * @return this.
     */
    public final C start(final StartPosition newStart) {
        start = Objects.requireNonNull(newStart, "newStart");
        return self();
    }

    /**
     * Where to begin.
     *
     * @return the start.
     */
    public final StartPosition start() {
        return start;
    }

    /**
     * Sets the node to read from while it is well.
     *
     * @param nodeId of the node, or {@link #ANY_NODE}, the default.
     * @return this.
     */
    public final C preferredNode(final int nodeId) {
        preferredNodeId = nodeId;
        return self();
    }

    /**
     * The node to read from while it is well.
     *
     * @return its id, or {@link #ANY_NODE}.
     */
    public final int preferredNode() {
        return preferredNodeId;
    }

    /**
     * Sets the transport silence after which reading moves to another node.
     *
     * @param timeoutNs above 0; 550 ms by default.
     * @return this.
     */
    public final C silenceTimeoutNs(final long timeoutNs) {
        if (timeoutNs <= 0) {
            throw new IllegalArgumentException("silenceTimeoutNs must be above 0, but it is " + timeoutNs);
        }
        silenceTimeoutNs = timeoutNs;
        return self();
    }

    /**
     * The transport silence after which reading moves to another node.
     *
     * @return in nanoseconds.
     */
    public final long silenceTimeoutNs() {
        return silenceTimeoutNs;
    }
}
