package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;

/**
 * The way of a message into the journal, with the features that have a say in it: rules that may refuse it, and
 * observers that take note of it. Used for what clients publish and for what the engine itself releases later.
 */
final class MessagePipeline {
    private static final PublishRule[] NO_RULES = {};
    private static final MessageObserver[] NO_OBSERVERS = {};

    private final PartList parts;
    private final JournalAppender appender;
    private PublishRule[] rules = NO_RULES;
    private MessageObserver[] observers = NO_OBSERVERS;

    MessagePipeline(final PartList parts, final JournalAppender appender) {
        this.parts = parts;
        this.appender = appender;
    }

    /** Sets the features, once. */
    void features(final PublishRule[] newRules, final MessageObserver[] newObservers) {
        rules = newRules;
        observers = newObservers;
    }

    /** Whether the features of the messaging level are switched on. */
    boolean isOn() {
        return parts.shard().featureLevel() >= Engine.MESSAGING_LEVEL;
    }

    /** What the features say to a message whose traits were read. */
    ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        for (final PublishRule rule : rules) {
            final ResultCode code = rule.check(content, topic, isInBatch);
            if (code != ResultCode.ACCEPTED) {
                return code;
            }
        }
        return ResultCode.ACCEPTED;
    }

    /** Begins to check an atomic batch. */
    void beginBatch() {
        for (final PublishRule rule : rules) {
            rule.beginBatch();
        }
    }

    /** Notes an entry of an atomic batch that passed all checks. */
    void plan(final MessageContent content, final Topic topic) {
        for (final PublishRule rule : rules) {
            rule.plan(content, topic);
        }
    }

    /** By how much the state grows with a message, besides its topic. */
    long additionalBytes(final MessageContent content, final Topic topic) {
        long bytes = 0;
        for (final PublishRule rule : rules) {
            bytes += rule.additionalBytes(content, topic);
        }
        return bytes;
    }

    /** What the features add to a refusal. */
    long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        long detail = 0;
        for (final PublishRule rule : rules) {
            detail += rule.detailOf(code, content, topic);
        }
        return detail;
    }

    /** Appends a message that may not be refused any more, and returns its position. */
    long append(final MessageContent content, final Topic topic, final int batchFlags, final long logPosition) {
        topic.countMessage(parts.clock().nowNs(), content.payloadLength());
        final long position = appender.appendMessage(content, topic, batchFlags, logPosition);
        for (final MessageObserver observer : observers) {
            observer.onMessage(content, topic, position);
        }
        return position;
    }

    /** Ends the turn that may have appended messages. */
    void endTurn(final long logPosition) {
        for (final MessageObserver observer : observers) {
            observer.onEndOfTurn(logPosition);
        }
    }
}
