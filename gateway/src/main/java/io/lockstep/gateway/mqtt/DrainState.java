package io.lockstep.gateway.mqtt;

/** Whether the gateway sends its clients elsewhere. Any thread. */
public final class DrainState {
    private volatile DrainNotice notice;

    /** It serves. */
    public DrainState() {}

    /**
     * What clients are told.
     *
     * @return null while the gateway serves.
     */
    public DrainNotice notice() {
        return notice;
    }

    /**
     * From now on clients are sent elsewhere.
     *
     * @param newNotice what they are told.
     */
    void begin(final DrainNotice newNotice) {
        notice = newNotice;
    }
}
