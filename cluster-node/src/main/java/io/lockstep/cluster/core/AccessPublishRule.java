package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;

/** Whether who published a message, or the one on whose behalf it was published, may publish to its topic. */
final class AccessPublishRule implements PublishRule {
    private final PartList parts;
    private final Callers callers;

    AccessPublishRule(final PartList parts, final Callers callers) {
        this.parts = parts;
        this.callers = callers;
    }

    /** {@inheritDoc} */
    @Override
    public ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        final boolean isOnBehalf = content.traits().hasPrincipal();
        if (isOnBehalf && parts.shard().featureLevel() < Engine.ACCESS_LEVEL) {
            // As it was before there were access rules: a header that nobody may write.
            return ResultCode.BAD_HEADERS;
        }
        // What the engine itself publishes was allowed when it was left to it.
        if (content.caller() == null || (!isOnBehalf && !parts.access().isOn())) {
            return ResultCode.ACCEPTED;
        }
        if (isOnBehalf && !content.caller().isTrusted()) {
            return ResultCode.NOT_AUTHORIZED;
        }
        return whoOf(content)
                        .mayPublish(parts.access(), topic, content.buffer(), content.nameOffset(), content.nameLength())
                ? ResultCode.ACCEPTED
                : ResultCode.NOT_AUTHORIZED;
    }

    /** Whether there are rules. */
    boolean isOn() {
        return parts.access().isOn();
    }

    /** Who is asked for: the one on whose behalf a trusted session published, else that session. */
    Caller whoOf(final MessageContent content) {
        return content.traits().hasPrincipal() && content.caller().isTrusted()
                ? callers.ofBytes(
                        content.buffer(),
                        content.traits().principalOffset(),
                        content.traits().principalLength())
                : content.caller();
    }
}
