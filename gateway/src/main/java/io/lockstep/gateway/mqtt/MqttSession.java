package io.lockstep.gateway.mqtt;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.bridge.BridgeCommand;
import io.lockstep.gateway.bridge.BridgeSession;
import io.lockstep.gateway.bridge.DeliveryQueue;
import io.lockstep.gateway.bridge.OpenRefusal;
import io.lockstep.gateway.bridge.OpenedSession;
import io.lockstep.gateway.bridge.PendingDelivery;
import io.lockstep.gateway.bridge.Will;
import io.lockstep.gateway.session.InboundAliases;
import io.lockstep.gateway.session.InboundRate;
import io.lockstep.gateway.session.InboundWindow;
import io.lockstep.gateway.session.KeepAlive;
import io.lockstep.gateway.session.OutboundWindow;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The session of one MQTT client. The {@link BridgeSession} methods come from the bridge thread and hop over; everything
 * else belongs to the event loop of the connection.
 */
final class MqttSession implements BridgeSession {
    private static final long FIRST_RETRY_MS = 2;

    // Thousands of clients may wait for a shard at once.
    private static final long MAX_RETRY_MS = 64;

    private final MqttConnection connection;
    private final MqttContext context;
    private final ConnectSettings settings;
    private final KeepAlive keepAlive;
    private final InboundWindow inbound;
    private final ReceivedPackets received = new ReceivedPackets();
    private final SessionSubscriptions subscriptions;
    private final DeliveryQueue deliveries;
    private final DeliveryWriter writer;
    private final InboundAliases inboundAliases;
    private final InboundCredit credit;
    private final InboundRate rate;
    private final AtomicBoolean isWriteScheduled = new AtomicBoolean();
    private final AtomicBoolean isTouched = new AtomicBoolean();
    private volatile boolean isCreditAwaited;
    private boolean isDraining;
    // SUBSCRIBE, UNSUBSCRIBE and PUBREL packets.
    private int unansweredCount;
    private final SessionAccess access;
    private long closingExpiryNs = BridgeCommand.Close.EXPIRY_AS_OPENED;
    private boolean keepsWill = true;
    private boolean isTold;

    // Only a client that does not want its own messages back needs to be known as their publisher.
    private boolean isPublisherTold;

    MqttSession(final MqttConnection connection, final MqttContext context) {
        this.connection = connection;
        this.context = context;
        this.settings = connection.settings();
        this.access = new SessionAccess(context.access(), settings.clientId());
        this.subscriptions = new SessionSubscriptions(this, settings.clientId());
        this.deliveries = new DeliveryQueue(context.limits().maxPendingBytes());
        this.inboundAliases =
                new InboundAliases(settings.isMqtt5() ? context.limits().topicAliasMaximum() : 0);
        this.credit = new InboundCredit(context.limits());
        this.rate = new InboundRate(context.limits().clientRates(), connection.nowNs());
        this.keepAlive = new KeepAlive(settings.keepAliveSeconds(), connection.nowNs());
        this.inbound = new InboundWindow(context.limits().receiveMaximum());
        this.writer = new DeliveryWriter(
                connection,
                context,
                deliveries,
                new OutboundWindow<>(settings.limits().receiveMaximum()));
    }

    // From here on: the event loop.

    SessionAccess access() {
        return access;
    }

    /** Ends the connection where its user is none any more. */
    void onAccessChanged() {
        if (!access.isStillKnown()) {
            end(ReasonCodes.NOT_AUTHORIZED, "the user was removed");
        }
    }

    KeepAlive keepAlive() {
        return keepAlive;
    }

    /** Asks for the session of the client. */
    void open() {
        final Will will = settings.will();
        submit(new BridgeCommand.Open(
                this,
                settings.isCleanStart(),
                TimeUnit.SECONDS.toNanos(settings.sessionExpirySeconds()),
                will == null
                        ? null
                        : new Will(
                                context.proxy().targetOf(will.topic(), clientId()),
                                HeaderMapping.onBehalf(will.headers(), access.onBehalf()),
                                will.payload(),
                                will.delayNs())));
    }

    /** What tells the bridge that the connection is over. */
    BridgeCommand closing() {
        return new BridgeCommand.Close(this, closingExpiryNs, keepsWill, isTold);
    }

    /**
     * Asks the bridge for something that must reach it; reading pauses until it has taken it. A message is given up when
     * its time is over, everything else is tried again for as long as the connection lives; what closes, for ever.
     */
    void submit(final BridgeCommand command) {
        if (isTaken(command)) {
            keepAlive.onPacket(connection.nowNs());
        } else {
            connection.pause(MqttConnection.Pause.QUEUE_FULL);
            retry(command, connection.nowNs() + context.limits().publishTimeoutNs(), FIRST_RETRY_MS);
        }
    }

    private void retry(final BridgeCommand command, final long deadlineNs, final long delayMs) {
        connection
                .channel()
                .eventLoop()
                .schedule(() -> submitAgain(command, deadlineNs, delayMs), delayMs, TimeUnit.MILLISECONDS)
                .addListener(future -> {});
    }

    private void submitAgain(final BridgeCommand command, final long deadlineNs, final long delayMs) {
        if (command instanceof BridgeCommand.Open && connection.state() == ConnectionState.CLOSING) {
            // It waited for room, and the client did not; the command that closes may have gone before.
            return;
        }
        if (isTaken(command)) {
            keepAlive.onPacket(connection.nowNs());
            connection.resume(MqttConnection.Pause.QUEUE_FULL);
        } else if (command instanceof final BridgeCommand.Publish publish && connection.nowNs() - deadlineNs >= 0) {
            context.counters().messagesUnknown().increment();
            giveUp(publish);
            connection.resume(MqttConnection.Pause.QUEUE_FULL);
        } else {
            retry(command, deadlineNs, Math.min(delayMs * 2, MAX_RETRY_MS));
        }
    }

    private boolean isTaken(final BridgeCommand command) {
        return command instanceof final BridgeCommand.Publish publish
                ? context.proxy().offerPublish(publish)
                : context.proxy().offer(command);
    }

    // An answer would be a guess: the client learns nothing but that it must try again.
    private void giveUp(final BridgeCommand.Publish publish) {
        credit.give(publish.lengthBytes());
        if (publish.hasTicket()) {
            end(ReasonCodes.SERVER_BUSY, "the cluster did not answer in time");
        } else {
            onCredit();
        }
    }

    void onPublish(final MqttPublishMessage message) {
        final int fatalCode = PublishRules.fatalCode(message, inboundAliases);
        if (fatalCode != ReasonCodes.SUCCESS) {
            end(fatalCode, "this PUBLISH is not allowed");
            return;
        }
        final String topic = PublishRules.topicOf(message, inboundAliases);
        if (topic == null) {
            end(ReasonCodes.PROTOCOL_ERROR, "the PUBLISH has no topic, and no alias that stands for one");
            return;
        }
        final int qos = message.fixedHeader().qosLevel().value();
        int refusalCode = PublishRules.refusalCode(message, topic);
        if (refusalCode == ReasonCodes.SUCCESS && !access.mayPublish(topic)) {
            context.counters().messagesDenied().increment();
            context.accessLog().onRefused(access.principal(), access.name(), "publish to " + topic, "publish", topic);
            if (qos == 0) {
                return;
            }
            refusalCode = ReasonCodes.NOT_AUTHORIZED;
        }
        // An answer with a reason code exists for QoS 1 in MQTT 5.0 only; otherwise the connection is the answer.
        if (refusalCode != ReasonCodes.SUCCESS && (qos == 0 || !settings.isMqtt5())) {
            end(refusalCode, ReasonCodes.sentenceOf(refusalCode));
            return;
        }
        if (qos == 0) {
            publish(message, topic, qos, BridgeCommand.Publish.NO_TICKET);
            return;
        }
        final int packetId = message.variableHeader().packetId();
        final ReceivedPackets.State known = qos == 2 ? received.state(packetId) : ReceivedPackets.State.FREE;
        if (known == ReceivedPackets.State.PENDING) {
            // Its answer is on the way.
            return;
        }
        // Those with QoS 2 count until their ids are free again.
        final boolean isFull = settings.isMqtt5()
                && inbound.length() + received.acceptedCount()
                        >= context.limits().receiveMaximum();
        final long ticket = isFull ? InboundWindow.FULL : inbound.accept(packetId, qos == 2);
        if (ticket == InboundWindow.FULL) {
            end(ReasonCodes.RECEIVE_MAXIMUM_EXCEEDED, "too many messages are unanswered");
            return;
        }
        if (qos == 2) {
            received.onPublish(packetId);
        }
        if (refusalCode != ReasonCodes.SUCCESS || known != ReceivedPackets.State.FREE) {
            settle(ticket, known == ReceivedPackets.State.FREE ? refusalCode : ReasonCodes.SUCCESS);
            if (!settings.isMqtt5() && inbound.isFull()) {
                awaitCredit();
            }
            return;
        }
        publish(message, topic, qos, ticket);
    }

    private void publish(final MqttPublishMessage message, final String topic, final int qos, final long ticket) {
        final boolean isExactlyOnce = qos == 2;
        final BridgeCommand.Publish publish = new BridgeCommand.Publish(
                this,
                ticket,
                isExactlyOnce ? message.variableHeader().packetId() : BridgeCommand.Publish.NO_PACKET,
                context.proxy().targetOf(topic, clientId()),
                HeaderMapping.toHeaders(
                        message.variableHeader().properties(),
                        // That it is a packet of the session says that it has QoS 2.
                        isExactlyOnce ? 1 : qos,
                        message.fixedHeader().isRetain(),
                        isPublisherTold ? clientId() : null,
                        access.onBehalf()),
                ByteBufUtil.getBytes(message.payload()));
        credit.take(publish.lengthBytes());
        if (credit.isUsedUp() || (!settings.isMqtt5() && inbound.isFull())) {
            awaitCredit();
        }
        submit(publish);
    }

    // What becomes a command of the cluster counts; answers of the client do not, or it would get less than it could
    // take.
    void onCounted(final int lengthBytes) {
        final long waitNs = rate.take(lengthBytes, connection.nowNs());
        if (waitNs > 0 && connection.state() == ConnectionState.OPEN) {
            context.counters().readsHeldBack().increment();
            connection.pause(MqttConnection.Pause.RATE_EXCEEDED, waitNs, () -> keepAlive.onPacket(connection.nowNs()));
        }
    }

    void onSubscribe(final MqttSubscribeMessage message) {
        final BridgeCommand.Subscribe command =
                SubscribeRules.toCommand(this, message, access.encodedPrincipal(), this::maySubscribe);
        isPublisherTold |= SubscribeRules.hasNoLocal(command);
        unansweredCount++;
        submit(command);
    }

    void onUnsubscribe(final MqttUnsubscribeMessage message) {
        unansweredCount++;
        submit(new BridgeCommand.Unsubscribe(
                this, message.variableHeader().messageId(), message.payload().topics()));
    }

    private boolean maySubscribe(final String filter) {
        final boolean isAllowed = access.maySubscribe(filter);
        if (!isAllowed) {
            context.accessLog()
                    .onRefused(access.principal(), access.name(), "subscribe to " + filter, "subscribe", filter);
        }
        return isAllowed;
    }

    /** The client leaves; an expiry of its session that it had said it does not want is an error (section 3.14.2.2.2). */
    void onDisconnect(final MqttMessage message) {
        long expirySeconds = -1;
        int reasonCode = ReasonCodes.SUCCESS;
        if (message.variableHeader() instanceof final MqttReasonCodeAndPropertiesVariableHeader header) {
            reasonCode = header.reasonCode() & 0xFF;
            if (header.properties().getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL)
                    instanceof final IntegerProperty expiry) {
                expirySeconds = Integer.toUnsignedLong(expiry.value());
            }
        }
        if (expirySeconds > 0 && !settings.wantsSessionExpiry()) {
            end(ReasonCodes.PROTOCOL_ERROR, "a session that was to end with the connection gets no expiry at the end");
            return;
        }
        if (expirySeconds >= 0) {
            closingExpiryNs = TimeUnit.SECONDS.toNanos(expirySeconds);
        }
        // Section 3.14.4: only a normal end takes the will back.
        keepsWill = reasonCode != ReasonCodes.SUCCESS;
        connection.close();
    }

    void onPubAck(final int packetId) {
        if (writer.onPubAck(packetId)) {
            onProgress();
        }
    }

    void onPubRec(final int packetId, final int reasonCode) {
        if (writer.onPubRec(packetId, reasonCode)) {
            onProgress();
        }
    }

    void onPubComp(final int packetId) {
        if (writer.onPubComp(packetId)) {
            onProgress();
        }
    }

    void onPubRel(final int packetId) {
        switch (received.state(packetId)) {
            case FREE -> connection.send(Packets.pubComp(settings, packetId, ReasonCodes.PACKET_IDENTIFIER_NOT_FOUND));
            case PENDING -> end(ReasonCodes.PROTOCOL_ERROR, "a message is released before it was received");
            case ACCEPTED -> {
                received.onRelease(packetId);
                unansweredCount++;
                submit(new BridgeCommand.Release(this, packetId));
            }
            default -> {
                // Its answer is on the way.
            }
        }
    }

    /** Sends what waits, as far as the client's window and the socket take it. */
    void writeDeliveries() {
        isWriteScheduled.set(false);
        if (connection.state() == ConnectionState.OPEN && writer.writeAll()) {
            touch();
        }
    }

    private void onProgress() {
        touch();
        writeDeliveries();
    }

    private void touch() {
        if (isTouched.compareAndSet(false, true)) {
            context.proxy().touch(this);
        }
    }

    /** Reads nothing more, and ends when everything that was read is answered. */
    void drain() {
        isDraining = true;
        isCreditAwaited = true;
        connection.pause(MqttConnection.Pause.DRAINING);
        onCredit();
    }

    private void settle(final long ticket, final int reasonCode) {
        inbound.settle(ticket, reasonCode);
        if (connection.state() != ConnectionState.OPEN) {
            return;
        }
        boolean hasWritten = false;
        while (inbound.hasSettledHead()) {
            final int packetId = inbound.headPacketId();
            final int headCode = inbound.headReasonCode();
            final boolean isExactlyOnce = inbound.isHeadExactlyOnce();
            inbound.removeHead();
            if (!settings.isMqtt5() && ReasonCodes.isError(headCode)) {
                end(headCode, "a message was refused");
                return;
            }
            if (isExactlyOnce) {
                answerExactlyOnce(packetId, headCode);
            } else {
                connection.write(Packets.pubAck(settings, packetId, headCode));
            }
            hasWritten = true;
        }
        if (hasWritten) {
            connection.flush();
        }
        onCredit();
    }

    // To what is counted as unanswered.
    private void answer(final MqttMessage packet) {
        unansweredCount--;
        if (connection.state() == ConnectionState.OPEN) {
            connection.send(packet);
            if (isDraining) {
                onCredit();
            }
        }
    }

    private void answerExactlyOnce(final int packetId, final int reasonCode) {
        if (ReasonCodes.isError(reasonCode)) {
            received.onEnd(packetId);
        } else {
            received.onAccepted(packetId);
        }
        connection.write(Packets.pubRec(settings, packetId, reasonCode));
    }

    private void awaitCredit() {
        isCreditAwaited = true;
        connection.pause(MqttConnection.Pause.CREDIT_USED_UP);
        // The bridge may have given back between the check and the flag.
        onCredit();
    }

    private void onCredit() {
        if (isDraining) {
            if (credit.isUnused() && inbound.length() == 0 && unansweredCount == 0) {
                final DrainNotice notice = context.drainState().notice();
                if (notice == null) {
                    connection.disconnect(ReasonCodes.SERVER_SHUTTING_DOWN, "the gateway stops");
                } else {
                    connection.sendElsewhere(notice);
                }
            }
        } else if (isCreditAwaited && credit.isHalfFree() && !inbound.isFull()) {
            isCreditAwaited = false;
            keepAlive.onPacket(connection.nowNs());
            connection.resume(MqttConnection.Pause.CREDIT_USED_UP);
        }
    }

    private void end(final int reasonCode, final String reason) {
        if (connection.state() != ConnectionState.CLOSING) {
            context.counters().clientsDisconnected().increment();
            connection.disconnect(reasonCode, reason);
        }
    }

    // From here on: the bridge thread.

    @Override
    public String clientId() {
        return settings.clientId();
    }

    @Override
    public SessionSubscriptions subscriptions() {
        return subscriptions;
    }

    @Override
    public DeliveryQueue deliveries() {
        return deliveries;
    }

    @Override
    public int receiveMaximum() {
        return settings.limits().receiveMaximum();
    }

    @Override
    public boolean mayRead(final String topic) {
        return access.mayRead(topic);
    }

    @Override
    public void onLookedAt() {
        isTouched.set(false);
    }

    @Override
    public void onOpened(final OpenedSession opened) {
        connection.run(() -> {
            if (connection.state() != ConnectionState.OPENING) {
                return;
            }
            for (final int packetId : opened.receivedPacketIds()) {
                received.onFound(packetId);
            }
            isPublisherTold |= opened.isPublisherTold();
            writer.packetIds(opened.packetIds(), opened.epoch() >>> 1);
            keepAlive.onPacket(connection.nowNs());
            isTold = true;
            connection.onOpened(Packets.connAck(
                    settings,
                    context.limits(),
                    context.options().responseInformation(),
                    opened.isPresent(),
                    Math.min(settings.sessionExpirySeconds(), TimeUnit.NANOSECONDS.toSeconds(opened.expiryNs()))));
            writeDeliveries();
        });
    }

    @Override
    public void onOpenRefused(final OpenRefusal refusal) {
        context.counters().clientsRefused().increment();
        final MqttConnectReturnCode code = settings.isMqtt5()
                ? switch (refusal) {
                    case TOO_MANY_SESSIONS, NO_ROOM -> MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED;
                    case BUSY -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY;
                    case NOT_ALLOWED -> MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5;
                    case BAD_WILL -> MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID;
                    case WILL_TOO_LARGE -> MqttConnectReturnCode.CONNECTION_REFUSED_PACKET_TOO_LARGE;
                    case UNAVAILABLE -> MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5;
                }
                : refusal == OpenRefusal.NOT_ALLOWED
                        ? MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED
                        : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
        final String reason = switch (refusal) {
            case TOO_MANY_SESSIONS -> "there are as many sessions as there may be";
            case BUSY -> "too many clients connect at once";
            case NO_ROOM -> "the cluster has no room for the session";
            case NOT_ALLOWED -> "the access rules do not allow this will";
            case BAD_WILL -> "a will cannot be published to this topic";
            case WILL_TOO_LARGE -> "the will is too large";
            case UNAVAILABLE -> "the gateway has no connection with the cluster";
        };
        connection.run(() -> connection.refuse(code, reason));
    }

    @Override
    public void onTakenOver() {
        connection.run(() -> end(ReasonCodes.SESSION_TAKEN_OVER, "another connection uses this client id"));
    }

    @Override
    public void onDeleted() {
        connection.run(() -> end(ReasonCodes.ADMINISTRATIVE_ACTION, "an operator deleted the session"));
    }

    @Override
    public void onLost(final String reason) {
        connection.run(() -> {
            if (connection.state() == ConnectionState.OPENING) {
                connection.refuse(
                        settings.isMqtt5()
                                ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5
                                : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                        reason);
            } else {
                end(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR, reason);
            }
        });
    }

    @Override
    public void onSubscribed(final BridgeCommand.Subscribe command, final int[] results) {
        final int[] codes = new int[results.length];
        for (int i = 0; i < codes.length; i++) {
            final int code = ReasonCodes.ofSubscribeResult(results[i]);
            codes[i] = ReasonCodes.isError(code) && !settings.isMqtt5() ? ReasonCodes.SUBSCRIPTION_FAILURE : code;
        }
        connection.run(() -> {
            answer(Packets.subAck(settings, command.packetId(), codes));
        });
    }

    @Override
    public void onUnsubscribed(final BridgeCommand.Unsubscribe command, final int[] results) {
        connection.run(() -> {
            answer(Packets.unsubAck(settings.isMqtt5(), command.packetId(), results));
        });
    }

    @Override
    public void onPublishAccepted(final BridgeCommand.Publish command) {
        onPublishSettled(command, ReasonCodes.SUCCESS);
    }

    @Override
    public void onPublishRefused(final BridgeCommand.Publish command, final ResultCode code) {
        context.logger()
                .accept("the cluster refused a message of client " + clientId() + " to " + command.topic() + ": "
                        + code);
        onPublishSettled(command, ReasonCodes.ofRefusedPublish(code));
    }

    @Override
    public void onPublishUnknown(final BridgeCommand.Publish command, final String reason) {
        connection.run(() -> giveUp(command));
    }

    @Override
    public void onDeliveries() {
        if (isWriteScheduled.compareAndSet(false, true)) {
            connection.run(this::writeDeliveries);
        }
    }

    @Override
    public void onReceiptNoted(final PendingDelivery pending) {
        connection.run(() -> {
            if (connection.state() == ConnectionState.OPEN) {
                writer.release(pending);
            }
        });
    }

    @Override
    public void onReleased(final int packetId) {
        connection.run(() -> {
            received.onEnd(packetId);
            answer(Packets.pubComp(settings, packetId, ReasonCodes.SUCCESS));
        });
    }

    private void onPublishSettled(final BridgeCommand.Publish command, final int reasonCode) {
        credit.give(command.lengthBytes());
        if (command.ticket() != BridgeCommand.Publish.NO_TICKET) {
            connection.run(() -> settle(command.ticket(), reasonCode));
        } else if (isCreditAwaited) {
            connection.run(this::onCredit);
        }
    }
}
