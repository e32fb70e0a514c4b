package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/** A message of a {@link BlockingPublisher} was not accepted, or its fate is not known. */
public final class PublishException extends LockstepException {
    private static final long serialVersionUID = 1L;

    private final ResultCode code;
    private final long detail;

    PublishException(final ResultCode code, final long detail, final String message) {
        super(message);
        this.code = code;
        this.detail = detail;
    }

    /**
     * Why the cluster refused the message.
     *
     * @return the code, or null where the fate of the message is not known: it may be in the journal.
     */
    public ResultCode code() {
        return code;
    }

    /**
     * Whether nobody knows what became of the message.
     *
     * @return true if so; false where it was refused and is not in the journal.
     */
    public boolean isUnknown() {
        return code == null;
    }

    /**
     * What belongs to the code, see its description in the schema.
     *
     * @return the detail, or 0.
     */
    public long detail() {
        return detail;
    }
}
