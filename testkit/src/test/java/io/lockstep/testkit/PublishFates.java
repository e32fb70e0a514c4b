package io.lockstep.testkit;

import io.lockstep.client.PublishListener;
import io.lockstep.codecs.ResultCode;

/** What became of the messages of one publisher: all are to be accepted, in order. */
final class PublishFates implements PublishListener {
    private long accepted;
    private String problem;

    @Override
    public void onAccepted(final long messageId, final int shardId, final long position) {
        accepted++;
        if (messageId != accepted) {
            problem = messageId + " was accepted after " + (accepted - 1) + " others";
        }
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code, final long detail) {
        problem = messageId + " was refused: " + code;
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        problem = messageId + " is unknown: " + reason;
    }

    /** Number of messages that were accepted. */
    long accepted() {
        return accepted;
    }

    /** What should not have happened, or null. */
    String problem() {
        return problem;
    }
}
