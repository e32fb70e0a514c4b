package io.lockstep.client.internal;

import io.lockstep.topic.TopicFilter;
import java.util.List;

/**
 * Which records somebody wants from a journal. All that is no message always belongs to it. A hint: whoever reads straight
 * from a node gets everything, and looks at each record. Immutable.
 *
 * @param isEverything whether all messages are wanted.
 * @param filters      which messages are wanted otherwise; none at all where it is empty.
 */
public record RecordSelection(boolean isEverything, List<TopicFilter> filters) {
    /** All records. */
    public static final RecordSelection EVERYTHING = new RecordSelection(true, List.of());

    /** What is no message. */
    public static final RecordSelection NO_MESSAGES = new RecordSelection(false, List.of());

    /** Copies the filters. */
    public RecordSelection {
        filters = List.copyOf(filters);
    }

    /**
     * Messages that match one of some filters.
     *
     * @param filters at least one.
     * @return the selection.
     */
    public static RecordSelection matching(final List<TopicFilter> filters) {
        return new RecordSelection(false, filters);
    }
}
