package io.lockstep.client;

/** What a client counts about itself, see {@link ClientCounters}. */
public enum ClientCounter {
    /** Messages that publishers took. */
    PUBLISHED(1, "messages published"),
    /** Messages that the cluster accepted. */
    ACCEPTED(2, "messages accepted"),
    /** Messages that the cluster refused. */
    REFUSED(3, "messages refused"),
    /** Messages of which nobody knows the fate. */
    UNKNOWN(4, "messages unknown"),
    /** Messages that were sent once more because no answer came, or with a new session. */
    RESENT(5, "messages resent"),
    /** Messages that subscribers handed to their handlers. */
    DELIVERED(6, "messages delivered"),
    /** Subscribers that read a shard by themselves at present, because they are behind the others or alone. */
    CATCH_UP_READERS(7, "catch-up readers"),
    /** Subscribers that wait to catch up in a shard at present. */
    WAITING_READERS(8, "waiting readers"),
    /** How often a subscriber was overtaken by the window of records that subscribers share. */
    OVERRUNS(9, "window overruns"),
    /** Bytes of records that are held at present for subscribers that share a reader. */
    WINDOW_BYTES(10, "window bytes"),
    /** Requests that were sent. */
    REQUESTS(11, "requests sent"),
    /** Requests that were answered in time. */
    REPLIES(12, "replies received"),
    /** Requests that were not answered in time. */
    REQUEST_TIMEOUTS(13, "request time-outs"),
    /** Messages that members of groups handed to their handlers; a message counts with each attempt. */
    GROUP_DELIVERED(14, "group messages delivered"),
    /** Messages that members of groups decided about: done, again later, or given up. More time is no such decision. */
    GROUP_SETTLED(15, "group messages settled"),
    /** Messages that durable consumers acknowledged, with others or alone. */
    CONSUMER_ACKED(16, "consumer messages acknowledged"),
    /** Commands of publishers of which the cluster took nothing because a rate was reached. */
    RATE_LIMITED(17, "commands refused by a rate");

    private final int id;
    private final String label;

    ClientCounter(final int id, final String label) {
        this.id = id;
        this.label = label;
    }

    /**
     * Number of the counter, which never changes.
     *
     * @return from 1.
     */
    public int id() {
        return id;
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
