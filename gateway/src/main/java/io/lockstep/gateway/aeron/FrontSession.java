package io.lockstep.gateway.aeron;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.Permissions;
import io.lockstep.access.rules.Principal;
import io.lockstep.client.link.FrameReader;
import io.lockstep.client.link.FrameSink;
import io.lockstep.client.link.FrameWriter;
import io.lockstep.client.link.LinkProtocol;
import io.lockstep.client.link.MessageQueue;
import io.lockstep.client.link.MessageTaker;
import io.lockstep.codecs.GatewayHelloDecoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.MessageHeaderDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One native client. Answers wait here while it does not take them, up to a bound; records do not, they stay in the
 * journal. Belongs to the thread of the front end.
 *
 * <table>
 *   <caption>States</caption>
 *   <tr><th>from</th><th>event</th><th>to</th></tr>
 *   <tr><td>NEW</td><td>hello</td><td>GREETED</td></tr>
 *   <tr><td>GREETED</td><td>who it is, is known, and the client hears</td><td>OPEN</td></tr>
 *   <tr><td>NEW, GREETED, OPEN</td><td>refusal</td><td>REFUSED</td></tr>
 *   <tr><td>any</td><td>the client is gone or silent, or was told the refusal</td><td>CLOSED</td></tr>
 * </table>
 */
final class FrontSession {
    private enum State {
        NEW,
        GREETED,
        OPEN,
        REFUSED,
        CLOSED
    }

    private static final int KEPT_ANSWER_BYTES = 4 << 10;
    private static final int KEEP_ALIVES_PER_TIMEOUT = 4;

    private final int number;
    private final ClientStream stream;
    private final FrontSessions sessions;
    private final FrontMessages messages;
    private final FrontCounters counters;
    private final FrameReader frameReader = new FrameReader(FrontLimits.MAX_GREETING_LENGTH);
    private final ClientStream.FrameTaker frameTaker = this::onFrame;
    private final MessageTaker messageTaker = this::onMessage;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    // Whatever a client sends is read through this, so that a wrong length cannot lead beyond the message.
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final MessageQueue answers = new MessageQueue(KEPT_ANSWER_BYTES);
    private final List<FrontRead> reads = new ArrayList<>();

    private State state = State.NEW;
    private final long sinceNs;
    private FrameWriter writer;
    private long heardNs;
    private long saidNs;
    private boolean hasHeard;
    private int untoldShards;
    private int producerCount;
    private String clientName = "";
    private Principal principal;
    private boolean needsRecord;
    private AccessRules rules;
    private Permissions permissions;
    private GatewayRefusal refusal;
    private String refusalReason;
    private long refusedNs;
    private boolean wasOpen;

    FrontSession(
            final int number,
            final ClientStream stream,
            final FrontSessions sessions,
            final FrontMessages messages,
            final FrontCounters counters,
            final long nowNs) {
        this.number = number;
        this.stream = stream;
        this.sessions = sessions;
        this.messages = messages;
        this.counters = counters;
        this.sinceNs = nowNs;
        this.heardNs = nowNs;
        this.saidNs = nowNs;
    }

    int number() {
        return number;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    boolean wasOpen() {
        return wasOpen;
    }

    int producerCount() {
        return producerCount;
    }

    void producerCount(final int change) {
        producerCount += change;
    }

    List<FrontRead> reads() {
        return reads;
    }

    String name() {
        final String user = principal == null || principal.user() == null ? "anonymous" : principal.user();
        return "session " + number + " of " + user;
    }

    /** One turn: what the client said, what it is to be told, what it reads. */
    int doWork(final long nowNs, final long tellIntervalNs) {
        hasHeard = false;
        int count = 0;
        if (state != State.REFUSED) {
            count = stream.poll(frameTaker, FrontLimits.FRAME_LIMIT);
            if (frameReader.isBroken()) {
                refuse(GatewayRefusal.MALFORMED, "the frames do not form messages");
            }
        }
        heardNs = hasHeard ? nowNs : heardNs;
        if (stream.isGone()) {
            close();
            return count + 1;
        }
        return count
                + switch (state) {
                    case NEW -> awaitGreeting(nowNs);
                    case GREETED -> greet(nowNs);
                    case OPEN -> work(nowNs, tellIntervalNs);
                    case REFUSED -> sayRefusal(nowNs);
                    case CLOSED -> 0;
                };
    }

    /** The log-in is decided. */
    void onLogin(final GatewayRefusal whyNot, final String user, final boolean newNeedsRecord) {
        if (state != State.GREETED) {
            return;
        }
        if (whyNot != null) {
            refuse(whyNot, "user and password, or the rules for clients without a name, do not let it in");
            return;
        }
        principal = new Principal(user, clientName);
        needsRecord = newNeedsRecord;
    }

    void onShardChanged(final int shardId) {
        untoldShards |= 1 << shardId;
    }

    /** Sends the client away; it is told as soon as it hears. */
    void refuse(final GatewayRefusal code, final String reason) {
        if (state == State.CLOSED || state == State.REFUSED) {
            return;
        }
        state = State.REFUSED;
        refusal = code;
        refusalReason = reason;
        refusedNs = 0;
        closeReads();
        counters.sessionsRefused().increment();
    }

    /** Whether it may be told something at once. */
    boolean mayWrite() {
        return state == State.OPEN && untoldShards == 0 && answers.isEmpty() && writer.flush();
    }

    /** Sends an answer, or keeps it until the client takes it; where too much waits it is dropped. */
    void answer(final DirectBuffer message, final int offset, final int length) {
        if (state != State.OPEN) {
            return;
        }
        if (mayWrite() && writer.offer(message, offset, length) > 0) {
            counters.answersOut().increment();
        } else if (answers.bytes() + length <= FrontLimits.MAX_WAITING_ANSWER_BYTES || answers.isEmpty()) {
            answers.add(message, offset, length, 0);
        } else {
            counters.answersDropped().increment();
        }
    }

    boolean sendRecord(
            final long readId, final long position, final DirectBuffer buffer, final int offset, final int length) {
        if (!mayWrite()) {
            return false;
        }
        final int messageLength = messages.record(readId, position, buffer, offset, length);
        if (writer.offer(messages.buffer(), 0, messageLength) <= 0) {
            return false;
        }
        counters.recordsOut().increment();
        return true;
    }

    boolean tellProgress(final long readId, final long position, final int nodeId, final String reason) {
        return mayWrite()
                && writer.offer(messages.buffer(), 0, messages.progress(readId, position, nodeId, reason)) > 0;
    }

    boolean tellReadLost(final long readId, final long wantedPosition, final long firstReadablePosition) {
        return mayWrite()
                && writer.offer(messages.buffer(), 0, messages.readLost(readId, wantedPosition, firstReadablePosition))
                        > 0;
    }

    Permissions permissions() {
        final AccessRules current = sessions.access().rules();
        if (current != rules) {
            rules = current;
            permissions = current.permissionsOf(principal);
        }
        return permissions;
    }

    /** Ends all that the client has here; the owner of the table takes it out. */
    void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            closeReads();
            answers.clear();
            stream.close();
        }
    }

    /** The gateway stops: tells the client at once, where that is possible. */
    void sayGoodbye() {
        if (state == State.OPEN && writer.flush()) {
            writer.offer(messages.buffer(), 0, messages.refused(GatewayRefusal.UNAVAILABLE, "the gateway stops"));
        }
    }

    /** Whether the client was sent everything, as far as it can be. */
    boolean isAllSent() {
        return state != State.OPEN || (writer.flush() && stream.isSent());
    }

    private int awaitGreeting(final long nowNs) {
        if (nowNs - sinceNs > FrontLimits.GREETING_NS) {
            stream.reject("no hello came in time");
            close();
            return 1;
        }
        return 0;
    }

    private int greet(final long nowNs) {
        if (nowNs - sinceNs > FrontLimits.GREETING_NS) {
            stream.reject("the client did not hear the answer in time");
            close();
            return 1;
        }
        if (principal == null || !isHearing()) {
            return 0;
        }
        if (writer.offer(messages.buffer(), 0, messages.welcome(number, sessions.shardCount())) <= 0) {
            return 0;
        }
        state = State.OPEN;
        wasOpen = true;
        heardNs = nowNs;
        saidNs = nowNs;
        frameReader.maxLength(LinkProtocol.MAX_MESSAGE_LENGTH);
        untoldShards = (1 << sessions.shardCount()) - 1;
        counters.sessionsOpened().increment();
        return 1;
    }

    private int work(final long nowNs, final long tellIntervalNs) {
        if (nowNs - heardNs > FrontLimits.TIMEOUT_NS || stream.isDeaf()) {
            stream.reject("silent for too long");
            close();
            return 1;
        }
        if (needsRecord && !sessions.access().isKnown(principal.user())) {
            refuse(GatewayRefusal.NOT_ALLOWED, "the user is no longer known");
            return 1;
        }
        int count = tellShards() + sendAnswers();
        final Permissions current = permissions();
        for (int i = reads.size() - 1; i >= 0; i--) {
            final FrontRead read = reads.get(i);
            count += read.poll(current, nowNs, tellIntervalNs);
            if (read.isOver()) {
                endRead(i);
            }
        }
        if (nowNs - saidNs > FrontLimits.TIMEOUT_NS / KEEP_ALIVES_PER_TIMEOUT
                && mayWrite()
                && writer.offer(messages.buffer(), 0, messages.keepAlive(number)) > 0) {
            saidNs = nowNs;
        }
        return count;
    }

    private int tellShards() {
        int count = 0;
        while (untoldShards != 0 && writer.flush()) {
            final int shardId = Integer.numberOfTrailingZeros(untoldShards);
            if (writer.offer(messages.buffer(), 0, sessions.shardState(shardId)) <= 0) {
                return count;
            }
            untoldShards &= ~(1 << shardId);
            count++;
        }
        return count;
    }

    private int sendAnswers() {
        int count = 0;
        while (!answers.isEmpty()
                && untoldShards == 0
                && writer.offer(answers.buffer(), answers.firstOffset(), answers.firstLength()) > 0) {
            answers.removeFirst();
            counters.answersOut().increment();
            count++;
        }
        return count;
    }

    private int sayRefusal(final long nowNs) {
        if (refusedNs == 0) {
            refusedNs = nowNs;
        }
        final boolean isSaid = refusal == null;
        if (!isSaid && isHearing() && writer.flush()) {
            if (writer.offer(messages.buffer(), 0, messages.refused(refusal, refusalReason)) > 0) {
                refusal = null;
                return 1;
            }
        }
        // A client that was told leaves by itself.
        if (nowNs - refusedNs > FrontLimits.GREETING_NS) {
            stream.reject(refusalReason);
            close();
            return 1;
        }
        return 0;
    }

    private boolean isHearing() {
        if (writer == null) {
            final FrameSink sink = stream.sink();
            if (sink != null) {
                writer = new FrameWriter(sink, messages.frame());
            }
        }
        return writer != null;
    }

    private boolean onFrame(final DirectBuffer buffer, final int offset, final int length) {
        hasHeard = true;
        return frameReader.onFrame(buffer, offset, length, messageTaker);
    }

    private boolean onMessage(final DirectBuffer buffer, final int offset, final int length) {
        view.wrap(buffer, offset, length);
        try {
            header.wrap(view, 0);
            if (header.templateId() == GatewayHelloDecoder.TEMPLATE_ID) {
                onHello();
                return true;
            }
            return state != State.OPEN || sessions.onMessage(this, header, view);
        } catch (final IndexOutOfBoundsException ex) {
            refuse(GatewayRefusal.MALFORMED, "a message is shorter than it says");
            return true;
        }
    }

    private void onHello() {
        if (state != State.NEW) {
            refuse(GatewayRefusal.MALFORMED, "a session begins once");
            return;
        }
        final GatewayHelloDecoder hello = new GatewayHelloDecoder().wrapAndApplyHeader(view, 0, header);
        final int version = hello.protocolVersion();
        final int responseStreamId = hello.responseStreamId();
        clientName = hello.clientName();
        final String user = hello.user();
        final byte[] password = new byte[Math.min(hello.passwordLength(), view.capacity())];
        hello.getPassword(password, 0, password.length);
        stream.answerOn(responseStreamId);
        state = State.GREETED;
        if (version != LinkProtocol.VERSION) {
            refuse(GatewayRefusal.BAD_VERSION, "the gateway speaks version " + LinkProtocol.VERSION);
        } else {
            sessions.logIn(this, user, password);
        }
    }

    void addRead(final FrontRead read) {
        reads.add(read);
        counters.readsOpened().increment();
    }

    FrontRead findRead(final long readId) {
        for (int i = 0; i < reads.size(); i++) {
            if (reads.get(i).readId() == readId) {
                return reads.get(i);
            }
        }
        return null;
    }

    void closeRead(final long readId) {
        for (int i = 0; i < reads.size(); i++) {
            if (reads.get(i).readId() == readId) {
                endRead(i);
                return;
            }
        }
    }

    private void endRead(final int index) {
        reads.get(index).close();
        reads.remove(index);
        counters.readsClosed().increment();
    }

    private void closeReads() {
        for (int i = reads.size() - 1; i >= 0; i--) {
            endRead(i);
        }
    }
}
