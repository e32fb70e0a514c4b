package io.lockstep.client;

import java.util.Objects;

/** What a requester is like. A builder; {@link LockstepClient#addRequester} takes a copy. Not thread-safe. */
public final class RequesterConfig {
    private String replyTopic;
    private int maxOutstanding = 1024;
    private PublisherConfig publisher = new PublisherConfig().ordered(false);

    /** All defaults: a reply topic of its own, named {@code reply/} and a random number. */
    public RequesterConfig() {}

    RequesterConfig copy() {
        final RequesterConfig copy = new RequesterConfig();
        copy.replyTopic = replyTopic;
        copy.maxOutstanding = maxOutstanding;
        copy.publisher = publisher.copy();
        return copy;
    }

    /**
     * Sets the topic to which replies are published. Callers may share one; each takes its own replies. A random one for
     * each run of a program is a topic more in the cluster for each run: a program that is started often names one.
     *
     * @param topic a topic name, or null for a random one, the default.
     * @return this.
     */
    public RequesterConfig replyTopic(final String topic) {
        replyTopic = topic;
        return this;
    }

    /**
     * The topic to which replies are published.
     *
     * @return its name, or null for a random one.
     */
    public String replyTopic() {
        return replyTopic;
    }

    /**
     * Sets how many requests may be without an end at once.
     *
     * @param count from 1 to 65,536; 1,024 by default.
     * @return this.
     */
    public RequesterConfig maxOutstanding(final int count) {
        if (count < 1 || count > 65_536) {
            throw new IllegalArgumentException("from 1 to 65536 requests are outstanding, but it is " + count);
        }
        maxOutstanding = count;
        return this;
    }

    /**
     * How many requests may be without an end at once.
     *
     * @return from 1.
     */
    public int maxOutstanding() {
        return maxOutstanding;
    }

    /**
     * Sets how requests are published.
     *
     * @param config of the publisher; an unordered one by default, so that a refused request does not hold others back.
     * @return this.
     */
    public RequesterConfig publisher(final PublisherConfig config) {
        publisher = Objects.requireNonNull(config, "config");
        return this;
    }

    /**
     * How requests are published.
     *
     * @return the configuration.
     */
    public PublisherConfig publisher() {
        return publisher;
    }
}
