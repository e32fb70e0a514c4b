package io.lockstep.client;

/** What a client counts about itself, see {@link ClientCounters}. */
public enum ClientCounter {
    /** Messages that publishers took. */
    PUBLISHED("messages published"),
    /** Messages that the cluster accepted. */
    ACCEPTED("messages accepted"),
    /** Messages that the cluster refused. */
    REFUSED("messages refused"),
    /** Messages of which nobody knows the fate. */
    UNKNOWN("messages unknown"),
    /** Messages that were sent once more because no answer came, or with a new session. */
    RESENT("messages resent"),
    /** Messages that subscribers handed to their handlers. */
    DELIVERED("messages delivered"),
    /** Subscribers that read a shard by themselves at present, because they are behind the others or alone. */
    CATCH_UP_READERS("catch-up readers"),
    /** Subscribers that wait to catch up in a shard at present. */
    WAITING_READERS("waiting readers"),
    /** How often a subscriber was overtaken by the window of records that subscribers share. */
    OVERRUNS("window overruns"),
    /** Bytes of records that are held at present for subscribers that share a reader. */
    WINDOW_BYTES("window bytes"),
    /** Requests that were sent. */
    REQUESTS("requests sent"),
    /** Requests that were answered in time. */
    REPLIES("replies received"),
    /** Requests that were not answered in time. */
    REQUEST_TIMEOUTS("request time-outs");

    private final String label;

    ClientCounter(final String label) {
        this.label = label;
    }

    /**
     * Name of the counter where it is shown.
     *
     * @return a few words.
     */
    public String label() {
        return label;
    }
}
