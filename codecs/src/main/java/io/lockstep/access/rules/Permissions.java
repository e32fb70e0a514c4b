package io.lockstep.access.rules;

import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What one client may do under one version of the rules. Immutable; any thread. */
public final class Permissions {
    /** Everything is allowed. */
    public static final Permissions ALL = new Permissions(null, null, null, true);

    private static final String SHARE_PREFIX = "$share/";
    private static final String AUDIT = "$audit";

    private final Decision[] publishing;
    private final Decision[] subscribing;
    private final Decision[] reading;
    private final boolean isAdmin;

    Permissions(
            final Decision[] publishing,
            final Decision[] subscribing,
            final Decision[] reading,
            final boolean isAdmin) {
        this.publishing = publishing;
        this.subscribing = subscribing;
        this.reading = reading;
        this.isAdmin = isAdmin;
    }

    /** What the first rule that matches says. */
    record Decision(boolean isAllowing, TopicFilter filter) {}

    /**
     * Whether a message may be published.
     *
     * @param topic valid name.
     * @return true if so.
     */
    public boolean mayPublish(final String topic) {
        return mayUse(publishing, topic);
    }

    /**
     * The same without a string; allocates nothing.
     *
     * @param buffer that holds a valid name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if so.
     */
    public boolean mayPublish(final DirectBuffer buffer, final int offset, final int length) {
        return mayUse(publishing, buffer, offset, length);
    }

    /**
     * Whether a message may be delivered. What the audit topic says takes a rule that says so: where there are no rules,
     * nobody reads it.
     *
     * @param topic valid name.
     * @return true if so.
     */
    public boolean mayRead(final String topic) {
        return reading == null ? !isOfAudit(topic) : mayUse(reading, topic);
    }

    /**
     * Whether settings, routes, policies and rules may be changed.
     *
     * @return true if so.
     */
    public boolean mayAdminister() {
        return isAdmin;
    }

    /**
     * Whether a message may be delivered.
     *
     * @param buffer that holds the name.
     * @param offset of the name.
     * @param length of the name in bytes.
     * @return true if so.
     */
    public boolean mayRead(final DirectBuffer buffer, final int offset, final int length) {
        return reading == null ? !isOfAudit(buffer, offset, length) : mayUse(reading, buffer, offset, length);
    }

    /**
     * Whether a filter may be subscribed to: the first rule decides whose topics are all that the filter stands for. The
     * group of a shared subscription does not count.
     *
     * @param filter valid filter.
     * @return true if so.
     */
    public boolean maySubscribe(final String filter) {
        final String topics = topicsOf(filter);
        if (subscribing == null) {
            return !isOfAudit(topics);
        }
        final String[] levels = topics.split("/", -1);
        for (final Decision decision : subscribing) {
            if (isCovering(decision.filter().toString().split("/", -1), levels)) {
                return decision.isAllowing();
            }
        }
        return false;
    }

    private static boolean mayUse(final Decision[] decisions, final String topic) {
        if (decisions == null) {
            return true;
        }
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        return mayUse(decisions, new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static boolean mayUse(
            final Decision[] decisions, final DirectBuffer buffer, final int offset, final int length) {
        if (decisions == null) {
            return true;
        }
        for (final Decision decision : decisions) {
            if (decision.filter().matches(buffer, offset, length)) {
                return decision.isAllowing();
            }
        }
        return false;
    }

    private static boolean isOfAudit(final DirectBuffer buffer, final int offset, final int length) {
        for (int i = 0; i < AUDIT.length(); i++) {
            if (i >= length || buffer.getByte(offset + i) != AUDIT.charAt(i)) {
                return false;
            }
        }
        return length == AUDIT.length() || buffer.getByte(offset + AUDIT.length()) == '/';
    }

    private static boolean isOfAudit(final String topics) {
        return topics.startsWith(AUDIT) && (topics.length() == AUDIT.length() || topics.charAt(AUDIT.length()) == '/');
    }

    private static String topicsOf(final String filter) {
        String topics = filter;
        if (filter.startsWith(SHARE_PREFIX)) {
            final int end = filter.indexOf('/', SHARE_PREFIX.length());
            topics = end < 0 ? filter : filter.substring(end + 1);
        }
        // A partition of a topic is guarded as the topic.
        final byte[] bytes = topics.getBytes(StandardCharsets.UTF_8);
        final int baseLength = PartitionName.baseLength(new UnsafeBuffer(bytes), 0, bytes.length);
        return new String(bytes, 0, baseLength, StandardCharsets.UTF_8);
    }

    private static boolean isCovering(final String[] rule, final String[] filter) {
        // Wildcards at the beginning do not stand for names that begin with '$'.
        if (filter[0].startsWith("$") && (rule[0].equals("#") || rule[0].equals("+"))) {
            return false;
        }
        for (int i = 0; i < rule.length; i++) {
            if (rule[i].equals("#")) {
                return true;
            }
            if (i >= filter.length || filter[i].equals("#")) {
                return false;
            }
            if (!rule[i].equals("+") && !rule[i].equals(filter[i])) {
                return false;
            }
        }
        return rule.length == filter.length;
    }
}
