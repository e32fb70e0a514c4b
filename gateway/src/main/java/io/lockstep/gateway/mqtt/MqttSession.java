package io.lockstep.gateway.mqtt;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.bridge.BridgeCommand;
import io.lockstep.gateway.bridge.BridgeSession;
import io.lockstep.gateway.bridge.Delivery;
import io.lockstep.gateway.bridge.DeliveryQueue;
import io.lockstep.gateway.bridge.OpenRefusal;
import io.lockstep.gateway.session.InboundAliases;
import io.lockstep.gateway.session.InboundWindow;
import io.lockstep.gateway.session.KeepAlive;
import io.lockstep.gateway.session.OutboundWindow;
import io.lockstep.gateway.session.SessionState;
import io.lockstep.gateway.session.SessionSubscriptions;
import io.lockstep.gateway.session.SubscriptionMatch;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
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
    private final SessionState<Delivery> state;
    private final SessionSubscriptions subscriptions;
    private final DeliveryQueue deliveries;
    private final DeliveryWriter writer;
    private final InboundAliases inboundAliases;
    private final InboundCredit credit;
    private final AtomicBoolean isWriteScheduled = new AtomicBoolean();
    private volatile boolean isCreditAwaited;
    private boolean isDraining;
    private final SessionAccess access;

    // Only a client that does not want its own messages back needs to be known as their publisher.
    private boolean isPublisherTold;

    // Bridge thread only.
    private boolean isOverrun;

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
        this.state = new SessionState<>(
                settings.clientId(),
                new KeepAlive(settings.keepAliveSeconds(), connection.nowNs()),
                new InboundWindow(context.limits().receiveMaximum()),
                new OutboundWindow<>(settings.limits().receiveMaximum()));
        this.writer = new DeliveryWriter(connection, context, deliveries, state.outbound());
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
        return state.keepAlive();
    }

    /**
     * Asks the bridge for something that must reach it; reading pauses until it has taken it. A message is given up when
     * its time is over, everything else is tried again for as long as the connection lives; what closes, for ever.
     */
    void submit(final BridgeCommand command) {
        if (isTaken(command)) {
            state.keepAlive().onPacket(connection.nowNs());
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
            state.keepAlive().onPacket(connection.nowNs());
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
            context.accessLog().onRefused(access.name(), "publish to " + topic);
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
        long ticket = BridgeCommand.Publish.NO_TICKET;
        if (qos > 0) {
            ticket = state.inbound().accept(message.variableHeader().packetId());
            if (ticket == InboundWindow.FULL) {
                end(ReasonCodes.RECEIVE_MAXIMUM_EXCEEDED, "too many messages are unanswered");
                return;
            }
        }
        if (refusalCode != ReasonCodes.SUCCESS) {
            settle(ticket, refusalCode);
            return;
        }
        publish(message, topic, qos, ticket);
    }

    private void publish(final MqttPublishMessage message, final String topic, final int qos, final long ticket) {
        final BridgeCommand.Publish publish = new BridgeCommand.Publish(
                this,
                ticket,
                context.proxy().targetOf(topic, clientId()),
                HeaderMapping.toHeaders(
                        message.variableHeader().properties(), qos, isPublisherTold ? clientId() : null),
                ByteBufUtil.getBytes(message.payload()));
        credit.take(publish.lengthBytes());
        if (credit.isUsedUp() || (!settings.isMqtt5() && state.inbound().isFull())) {
            awaitCredit();
        }
        submit(publish);
    }

    void onSubscribe(final MqttSubscribeMessage message) {
        final BridgeCommand.Subscribe command = SubscribeRules.toCommand(this, message, this::maySubscribe);
        isPublisherTold |= SubscribeRules.hasNoLocal(command);
        submit(command);
    }

    private boolean maySubscribe(final String filter) {
        final boolean isAllowed = access.maySubscribe(filter);
        if (!isAllowed) {
            context.accessLog().onRefused(access.name(), "subscribe to " + filter);
        }
        return isAllowed;
    }

    /** The client leaves; an expiry of its session that it had said it does not want is an error (section 3.14.2.2.2). */
    void onDisconnect(final MqttMessage message) {
        final boolean isError =
                message.variableHeader() instanceof final MqttReasonCodeAndPropertiesVariableHeader header
                        && header.properties().getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL)
                                instanceof final IntegerProperty expiry
                        && expiry.value() != 0
                        && !settings.wantsSessionExpiry();
        if (isError) {
            end(ReasonCodes.PROTOCOL_ERROR, "a session that was to end with the connection gets no expiry at the end");
        } else {
            connection.close();
        }
    }

    void onPubAck(final int packetId) {
        if (writer.onPubAck(packetId)) {
            writeDeliveries();
        }
    }

    /** Sends what waits, as far as the client's window and the socket take it. */
    void writeDeliveries() {
        isWriteScheduled.set(false);
        if (connection.state() == ConnectionState.OPEN) {
            writer.writeAll();
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
        final InboundWindow inbound = state.inbound();
        inbound.settle(ticket, reasonCode);
        if (connection.state() != ConnectionState.OPEN) {
            return;
        }
        boolean hasWritten = false;
        while (inbound.hasSettledHead()) {
            final int packetId = inbound.headPacketId();
            final int headCode = inbound.headReasonCode();
            inbound.removeHead();
            if (!settings.isMqtt5() && ReasonCodes.isError(headCode)) {
                end(headCode, "a message was refused");
                return;
            }
            connection.write(Packets.pubAck(settings, packetId, headCode));
            hasWritten = true;
        }
        if (hasWritten) {
            connection.flush();
        }
        onCredit();
    }

    private void awaitCredit() {
        isCreditAwaited = true;
        connection.pause(MqttConnection.Pause.CREDIT_USED_UP);
        // The bridge may have given back between the check and the flag.
        onCredit();
    }

    private void onCredit() {
        if (isDraining) {
            if (credit.isUnused() && state.inbound().length() == 0) {
                connection.disconnect(ReasonCodes.SERVER_SHUTTING_DOWN, "the gateway stops");
            }
        } else if (isCreditAwaited && credit.isHalfFree() && !state.inbound().isFull()) {
            isCreditAwaited = false;
            state.keepAlive().onPacket(connection.nowNs());
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
    public void onOpened() {
        connection.run(() -> {
            if (connection.state() == ConnectionState.OPENING) {
                state.keepAlive().onPacket(connection.nowNs());
                connection.onOpened(Packets.connAck(settings, context.limits(), context.responseInformation()));
            }
        });
    }

    @Override
    public void onOpenRefused(final OpenRefusal refusal) {
        context.counters().clientsRefused().increment();
        connection.run(() -> {
            if (refusal == OpenRefusal.TOO_MANY_SESSIONS) {
                connection.refuse(
                        settings.isMqtt5()
                                ? MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED
                                : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                        "the gateway holds as many sessions as it may");
            } else {
                connection.refuse(
                        settings.isMqtt5()
                                ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5
                                : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                        "the gateway has no connection with the cluster");
            }
        });
    }

    @Override
    public void onTakenOver() {
        connection.run(() -> end(ReasonCodes.SESSION_TAKEN_OVER, "another connection uses this client id"));
    }

    @Override
    public void onStreamLost(final String reason) {
        connection.run(() -> end(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR, "messages may be missing"));
    }

    @Override
    public void onSubscribed(final BridgeCommand.Subscribe command, final int[] results) {
        final int[] codes = new int[results.length];
        for (int i = 0; i < codes.length; i++) {
            final int code = ReasonCodes.ofSubscribeResult(results[i]);
            codes[i] = ReasonCodes.isError(code) && !settings.isMqtt5() ? ReasonCodes.SUBSCRIPTION_FAILURE : code;
        }
        connection.run(() -> {
            if (connection.state() == ConnectionState.OPEN) {
                connection.send(Packets.subAck(settings, command.packetId(), codes));
            }
        });
    }

    @Override
    public void onUnsubscribed(final BridgeCommand.Unsubscribe command, final boolean[] existed) {
        connection.run(() -> {
            if (connection.state() == ConnectionState.OPEN) {
                connection.send(Packets.unsubAck(settings.isMqtt5(), command.packetId(), existed));
            }
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
    public void onDelivery(final Delivery delivery, final SubscriptionMatch match) {
        if (isOverrun) {
            return;
        }
        if (!access.mayRead(delivery.topic())) {
            context.counters().messagesDenied().increment();
            return;
        }
        if (deliveries.offer(delivery, match)) {
            if (isWriteScheduled.compareAndSet(false, true)) {
                connection.run(this::writeDeliveries);
            }
        } else if (Math.min(match.maximumQos(), delivery.traits().qos()) == 0) {
            context.counters().messagesDropped().increment();
        } else {
            // Nothing may follow a message that is missing.
            isOverrun = true;
            connection.run(() -> end(ReasonCodes.QUOTA_EXCEEDED, "the client is too slow for what it subscribed to"));
        }
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
