package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ReplyAddress;
import io.lockstep.client.ReplyListener;
import io.lockstep.client.Requester;
import io.lockstep.client.RequesterConfig;
import io.lockstep.client.Responder;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A caller, a service that answers at once, one that answers too late, and topics that nobody serves. Deadlines of what is
 * answered outlast every failure of a test, so that a lost reply cannot pass for one that was slow.
 */
public final class RequestLoad implements FeatureLoad, ReplyListener {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(150);
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private record Held(ReplyAddress address, String text, long replyNs) {}

    private final RequestJudge judge = new RequestJudge();
    private final Deque<Held> held = new ArrayDeque<>();
    private final Deque<String> toAskAgain = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private LockstepClient caller;
    private LockstepClient server;
    private Requester requester;
    private Responder echo;
    private Responder slow;
    private int number;
    private int lateReplies;
    private boolean isClosing;

    @Override
    public String name() {
        return "requests";
    }

    @Override
    public int ratePerSecond() {
        return 20;
    }

    @Override
    public void start(final ClientSupplier clients) {
        server = clients.connect();
        echo = server.addResponder(new SubscriberConfig().filter("ask/echo/#"), RequestLoad::answer);
        // Of its own, so that a reply of which it does not matter whether it is lost excuses no other.
        slow = server.addResponder(new SubscriberConfig().filter("ask/slow/#"), this::hold);
        caller = clients.connect();
        requester = caller.addRequester(new RequesterConfig()
                .publisher(new PublisherConfig().ordered(false).deadlineNs(2 * TIMEOUT_NS)));
    }

    @Override
    public void turn(final boolean mayOffer) {
        server.doWork();
        caller.doWork();
        replyLate();
        if (!echo.subscriber().isConnected()) {
            return;
        }
        if (!toAskAgain.isEmpty() && request("ask/echo/again", toAskAgain.peek(), true, LONG_NS)) {
            toAskAgain.remove();
        }
        if (mayOffer) {
            final String text = "question " + number;
            final int topic = number % 4;
            final boolean isAsked = switch (number % 10) {
                case 3 -> request("ask/slow/" + topic, text, false, SHORT_NS);
                case 6 -> request("ask/nobody/" + topic, text, false, SHORT_NS);
                default -> request("ask/echo/" + topic, text, true, LONG_NS);
            };
            number += isAsked ? 1 : 0;
        }
    }

    @Override
    public long doneCount() {
        return judge.replyCount();
    }

    @Override
    public boolean isSettled() {
        return judge.openCount() == 0
                && toAskAgain.isEmpty()
                && held.isEmpty()
                && echo.unansweredCount() + slow.unansweredCount() == 0;
    }

    @Override
    public void check() {
        judge.check();
        final List<JournalCopy.Entry> requests = JournalCopy.read(caller, "ask/#");
        assertEquals(
                asked.stream().sorted().toList(),
                JournalCopy.texts(requests).stream().sorted().toList());
    }

    @Override
    public String counts() {
        return number + " asked, " + judge.replyCount() + " replies, " + judge.timeoutCount() + " time-outs, "
                + judge.excusedCount() + " of them because a reply was lost, " + judge.openCount() + " open, "
                + lateReplies + " late replies";
    }

    @Override
    public void close() {
        isClosing = true;
        CloseHelper.quietCloseAll(caller, server);
    }

    @Override
    public void onReply(final long requestId, final Message reply) {
        judge.onReply(requestId, reply.payloadText());
    }

    @Override
    public void onTimeout(final long requestId) {
        // A requester that is closed ends what is open in this way.
        if (!isClosing) {
            // A responder tries as long as the request is wanted. Only where the cluster closed its producer may a
            // reply
            // be lost, and whoever asked has to ask again. It says so, and nothing else is an excuse.
            final String again = judge.onTimeout(requestId, System.nanoTime(), echo.refusedCount());
            if (again != null) {
                toAskAgain.add(again);
            }
        }
    }

    @Override
    public void onRefused(final long requestId, final ResultCode code, final long detail) {
        throw new AssertionError("request " + requestId + " was refused: " + code + " (" + detail + ")");
    }

    private boolean request(final String topic, final String text, final boolean isAnswered, final long timeoutNs) {
        final UnsafeBuffer payload = bytes(text);
        final long nowNs = System.nanoTime();
        final long id = requester.request(topic, payload, 0, payload.capacity(), timeoutNs, this);
        if (id <= 0) {
            return false;
        }
        judge.onRequest(id, text, isAnswered, timeoutNs, nowNs);
        asked.add(text);
        return true;
    }

    private static Action answer(final Message request, final Responder to) {
        final UnsafeBuffer reply = bytes(RequestJudge.replyTo(request.payloadText()));
        return to.reply(request, reply, 0, reply.capacity()) > 0 ? Action.CONTINUE : Action.ABORT;
    }

    private Action hold(final Message request, final Responder to) {
        final String text = RequestJudge.replyTo(request.payloadText());
        held.add(new Held(to.addressOf(request), text, System.nanoTime() + LATE_NS));
        return Action.CONTINUE;
    }

    private void replyLate() {
        final Held next = held.peek();
        if (next != null && System.nanoTime() - next.replyNs() >= 0) {
            final UnsafeBuffer reply = bytes(next.text());
            if (slow.reply(next.address(), reply, 0, reply.capacity()) > 0) {
                held.remove();
                lateReplies++;
            }
        }
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
