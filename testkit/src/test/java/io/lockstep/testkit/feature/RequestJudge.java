package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** How requests may end: each once, with a reply to this very request or at its deadline. */
final class RequestJudge {
    // A caller that is not given the processor tells late that the time is over.
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(20);

    private record Request(String text, boolean isAnswered, long sentNs, long timeoutNs) {}

    private final Map<Long, Request> open = new HashMap<>();
    private long requestCount;
    private long replyCount;
    private long timeoutCount;
    private long unansweredCount;

    /** A request was taken; some are such that nobody answers them in time. */
    void onRequest(final long id, final String text, final boolean isAnswered, final long timeoutNs, final long nowNs) {
        assertEquals(null, open.put(id, new Request(text, isAnswered, nowNs, timeoutNs)), "two requests with one id");
        requestCount++;
    }

    /** A reply came. */
    void onReply(final long id, final String text) {
        final Request request = end(id, "the reply '" + text + "'");
        assertEquals(replyTo(request.text()), text, "the reply to another request");
        assertTrue(
                request.isAnswered(), () -> "nobody answers '" + request.text() + "' in time, but '" + text + "' came");
        replyCount++;
    }

    /** A request timed out. */
    void onTimeout(final long id, final long nowNs) {
        final Request request = end(id, "a time-out");
        final long tookNs = nowNs - request.sentNs();
        assertTrue(tookNs >= request.timeoutNs(), () -> request + " timed out after " + tookNs + " ns");
        assertTrue(tookNs < request.timeoutNs() + LATE_NS, () -> request + " timed out after " + tookNs + " ns");
        timeoutCount++;
        unansweredCount += request.isAnswered() ? 1 : 0;
    }

    /** All have ended. */
    void check() {
        assertTrue(open.isEmpty(), () -> "did not end: " + open.values());
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

    /** Requests that somebody answers, and that timed out all the same. */
    long unansweredCount() {
        return unansweredCount;
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
