package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicName;

/**
 * Keeps the last value of each topic: the newest message that asks to be one. Says no where there is no room, takes note of
 * what enters the journal, and removes what has expired. Expired values are of no use to anybody at once, but they are
 * removed at whole seconds of cluster time only, so that a stream of values that expire asks for one timer a second.
 */
final class RetainedFeature implements PublishRule, MessageObserver, DueWork {
    private static final long NS_PER_MS = 1_000_000;
    private static final long REMOVAL_INTERVAL_NS = 1_000_000_000;

    private final PartList parts;
    // Scratch: what the entries of the atomic batch that is being checked add.
    private long plannedBytes;

    RetainedFeature(final PartList parts) {
        this.parts = parts;
    }

    /** When a message that was accepted at a time expires, or {@link RetainedValue#NEVER}. */
    static long expiryNs(final long timestampNs, final long expiryMs) {
        if (expiryMs == MessageTraits.NONE || expiryMs > (RetainedValue.NEVER - timestampNs) / NS_PER_MS) {
            return RetainedValue.NEVER;
        }
        return timestampNs + expiryMs * NS_PER_MS;
    }

    /** {@inheritDoc} */
    @Override
    public void beginBatch() {
        plannedBytes = 0;
    }

    /**
     * {@inheritDoc}
     *
     * <p>An entry that replaces a value of an earlier one counts whole, which is on the safe side.
     */
    @Override
    public void plan(final MessageContent content, final Topic topic) {
        plannedBytes += Math.max(0, growth(content, topic));
    }

    /** {@inheritDoc} */
    @Override
    public ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        if (!isValue(content)) {
            return ResultCode.ACCEPTED;
        }
        if (contentLength(content) > Limits.MAX_RETAINED_LENGTH) {
            return ResultCode.RETAINED_TOO_LARGE;
        }
        final long growth = growth(content, topic);
        final long total = parts.retained().valueBytes() + (isInBatch ? plannedBytes : 0) + growth;
        return growth > 0 && total > parts.settings().value(EngineSetting.MAX_RETAINED_BYTES)
                ? ResultCode.RETAINED_FULL
                : ResultCode.ACCEPTED;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nothing for a message that is held back: until it is released it counts where it is held.
     */
    @Override
    public long additionalBytes(final MessageContent content, final Topic topic) {
        return content.traits().isDelayed() ? 0 : Math.max(0, growth(content, topic));
    }

    /** {@inheritDoc} */
    @Override
    public long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        return switch (code) {
            case RETAINED_FULL -> parts.settings().value(EngineSetting.MAX_RETAINED_BYTES);
            case RETAINED_TOO_LARGE -> Limits.MAX_RETAINED_LENGTH;
            default -> 0;
        };
    }

    /** {@inheritDoc} */
    @Override
    public void onMessage(final MessageContent content, final Topic topic, final long position) {
        if (!content.traits().isRetained() || TopicName.isReserved(topic.name(), 0, topic.nameLength())) {
            return;
        }
        if (isValue(content)) {
            final long expiryNs =
                    expiryNs(parts.clock().nowNs(), content.traits().expiryMs());
            parts.retained().put(content, topic, position, expiryNs);
        } else {
            parts.retained().clear(topic.id());
        }
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        final RetainedValue first = parts.retained().firstToExpire();
        if (first == null || first.expiryNs() > NEVER - REMOVAL_INTERVAL_NS) {
            return NEVER;
        }
        final long rest = Math.floorMod(first.expiryNs(), REMOVAL_INTERVAL_NS);
        return rest == 0 ? first.expiryNs() : first.expiryNs() + (REMOVAL_INTERVAL_NS - rest);
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        for (int i = 0; i < Limits.MAX_RETAINED_EXPIRED; i++) {
            final RetainedValue first = parts.retained().firstToExpire();
            if (first == null || !first.isExpired(nowNs)) {
                return;
            }
            parts.retained().clear(first.topicId());
        }
    }

    private static boolean isValue(final MessageContent content) {
        return content.traits().isRetained() && content.payloadLength() > 0;
    }

    private static int contentLength(final MessageContent content) {
        return content.headersLength() + content.payloadLength();
    }

    // By how much the values grow, or less than 0 where they shrink.
    private long growth(final MessageContent content, final Topic topic) {
        if (!content.traits().isRetained()) {
            return 0;
        }
        final RetainedValue present = topic == null ? null : parts.retained().find(topic.id());
        final long presentBytes = present == null ? 0 : RetainedPart.costOf(present.contentLength());
        return (isValue(content) ? RetainedPart.costOf(contentLength(content)) : 0) - presentBytes;
    }
}
