package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * How requests may end: each once, with a reply to this very request or at its deadline. Whoever is asked and answers in
 * time is heard: a time-out in spite of that is right only where the responder was told that a reply may be lost, and then
 * the question is asked anew, until it has its one reply.
 */
final class RequestJudge {
    // A caller that is not given the processor tells late that the time is over.
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(20);

    private record Request(String text, boolean isAnswered, long sentNs, long timeoutNs) {}

    private final Map<Long, Request> open = new HashMap<>();
    // Questions that somebody answers and that have no reply yet, in all the requests that asked them.
    private final Set<String> unanswered = new TreeSet<>();
    private long requestCount;
    private long replyCount;
    private long timeoutCount;
    private long excusedCount;

    /** A request was taken; some are such that nobody answers them in time. */
    void onRequest(final long id, final String text, final boolean isAnswered, final long timeoutNs, final long nowNs) {
        assertEquals(null, open.put(id, new Request(text, isAnswered, nowNs, timeoutNs)), "two requests with one id");
        if (isAnswered) {
            unanswered.add(text);
        }
        requestCount++;
    }

    /** A reply came. */
    void onReply(final long id, final String text) {
        final Request request = end(id, "the reply '" + text + "'");
        assertEquals(replyTo(request.text()), text, "the reply to another request");
        assertTrue(
                request.isAnswered(), () -> "nobody answers '" + request.text() + "' in time, but '" + text + "' came");
        assertTrue(unanswered.remove(request.text()), () -> "'" + request.text() + "' was answered twice");
        replyCount++;
    }

    /**
     * A request timed out.
     *
     * @param lostReplyCount how many replies in time the responder does not know to be accepted.
     * @return the question to be asked anew, or null where nobody answers it in time.
     */
    String onTimeout(final long id, final long nowNs, final long lostReplyCount) {
        final Request request = end(id, "a time-out");
        final long tookNs = nowNs - request.sentNs();
        assertTrue(tookNs >= request.timeoutNs(), () -> request + " timed out after " + tookNs + " ns");
        assertTrue(tookNs < request.timeoutNs() + LATE_NS, () -> request + " timed out after " + tookNs + " ns");
        timeoutCount++;
        if (!request.isAnswered()) {
            return null;
        }
        excusedCount++;
        assertTrue(
                excusedCount <= lostReplyCount,
                () -> "no reply to '" + request.text() + "' came, number " + excusedCount + " of those, but only "
                        + lostReplyCount + " may be lost");
        return request.text();
    }

    /** All have ended. */
    void check() {
        assertTrue(open.isEmpty(), () -> "did not end: " + open.values());
        assertTrue(unanswered.isEmpty(), () -> "never answered: " + unanswered);
        assertEquals(requestCount, replyCount + timeoutCount);
    }

    int openCount() {
        return open.size();
    }

    long replyCount() {
        return replyCount;
    }

    long timeoutCount() {
        return timeoutCount;
    }

    /** Requests that timed out because a reply was lost, as its responder knows. */
    long excusedCount() {
        return excusedCount;
    }

    static String replyTo(final String text) {
        return "re " + text;
    }

    private Request end(final long id, final String what) {
        final Request request = open.remove(id);
        assertTrue(request != null, () -> what + " came for request " + id + ", which has ended or never was");
        return request;
    }
}
