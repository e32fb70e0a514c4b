package io.lockstep.testkit.feature;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.ReplyAddress;
import io.lockstep.client.ReplyListener;
import io.lockstep.client.Requester;
import io.lockstep.client.RequesterConfig;
import io.lockstep.client.Responder;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;

/** A caller and a service that answers at once, or too late, or not at all. */
public final class RequestLoad implements FeatureLoad, ReplyListener {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private record Held(ReplyAddress address, String text, long replyNs) {}

    private final RequestJudge judge = new RequestJudge();
    private final Deque<Held> held = new ArrayDeque<>();
    private LockstepClient caller;
    private LockstepClient server;
    private Requester requester;
    private Responder responder;
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
        responder =
                server.addResponder(new SubscriberConfig().filter("ask/echo/#").filter("ask/slow/#"), this::onRequest);
        caller = clients.connect();
        requester = caller.addRequester(new RequesterConfig());
    }

    @Override
    public void turn(final boolean mayOffer) {
        server.doWork();
        caller.doWork();
        replyLate();
        if (mayOffer && responder.subscriber().isConnected()) {
            switch (number % 10) {
                case 3 -> request("ask/slow/" + number % 4, false, SHORT_NS);
                case 6 -> request("ask/nobody/" + number % 4, false, SHORT_NS);
                default -> request("ask/echo/" + number % 4, true, LONG_NS);
            }
        }
    }

    @Override
    public long doneCount() {
        return judge.replyCount();
    }

    @Override
    public boolean isSettled() {
        return judge.openCount() == 0 && held.isEmpty() && responder.unansweredCount() == 0;
    }

    @Override
    public void check() {
        judge.check();
    }

    @Override
    public String counts() {
        return number + " asked, " + judge.replyCount() + " replies, " + judge.timeoutCount() + " time-outs, "
                + judge.unansweredCount() + " of them although somebody answers, " + lateReplies + " late replies";
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
            judge.onTimeout(requestId, System.nanoTime());
        }
    }

    @Override
    public void onRefused(final long requestId, final ResultCode code, final long detail) {
        throw new AssertionError("request " + requestId + " was refused: " + code + " (" + detail + ")");
    }

    private void request(final String topic, final boolean isAnswered, final long timeoutNs) {
        final String text = "question " + number;
        final UnsafeBuffer payload = bytes(text);
        final long nowNs = System.nanoTime();
        final long id = requester.request(topic, payload, 0, payload.capacity(), timeoutNs, this);
        if (id > 0) {
            judge.onRequest(id, text, isAnswered, timeoutNs, nowNs);
            number++;
        }
    }

    private Action onRequest(final Message request, final Responder to) {
        final String text = RequestJudge.replyTo(request.payloadText());
        if (request.topic().startsWith("ask/slow")) {
            held.add(new Held(to.addressOf(request), text, System.nanoTime() + LATE_NS));
            return Action.CONTINUE;
        }
        final UnsafeBuffer reply = bytes(text);
        return to.reply(request, reply, 0, reply.capacity()) > 0 ? Action.CONTINUE : Action.ABORT;
    }

    private void replyLate() {
        final Held next = held.peek();
        if (next != null && System.nanoTime() - next.replyNs() >= 0) {
            final UnsafeBuffer reply = bytes(next.text());
            if (responder.reply(next.address(), reply, 0, reply.capacity()) > 0) {
                held.remove();
                lateReplies++;
            }
        }
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }
}
