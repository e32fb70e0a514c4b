package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.client.EgressListener;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * A node's own client session with one shard, for the commands that nodes send. It connects and reconnects by itself;
 * one command is under way at a time and is repeated until it is answered. Steward thread only.
 */
final class ShardLink implements ShardCommands {
    private static final long MESSAGE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long KEEP_ALIVE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long REPEAT_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long RECONNECT_NS = TimeUnit.SECONDS.toNanos(1);
    // An eighth of a term is the longest message: the seed with all its routes must fit, and what groups need but for
    // long dead letters. For the first of these the link gets longer terms, so that a node without them needs no more.
    private static final int TERM_LENGTH = 512 * 1024;
    private static final int LONG_TERM_LENGTH = 16 * 1024 * 1024;
    // Of the cluster's own header in front of a command.
    private static final int SESSION_HEADER_LENGTH = AeronCluster.SESSION_HEADER_LENGTH;

    private final int shardId;
    private final AeronContexts contexts;
    private final Aeron aeron;
    private final String egressHost;
    private final org.agrona.ExpandableArrayBuffer command = new org.agrona.ExpandableArrayBuffer();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final CommandReplyDecoder replyDecoder = new CommandReplyDecoder();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final DescribeShardEncoder describeShard = new DescribeShardEncoder();
    private final ShardDescriptionDecoder descriptionDecoder = new ShardDescriptionDecoder();
    private AeronCluster.AsyncConnect connect;
    private AeronCluster cluster;
    private int termLength = TERM_LENGTH;
    private int commandLength;
    private long commandCorrelationId;
    private ReplyHandler replyHandler;
    private DescriptionHandler descriptionHandler;
    private long nextConnectNs = System.nanoTime();
    private long nextKeepAliveNs;
    private long nextSendNs;

    ShardLink(final int shardId, final AeronContexts contexts, final Aeron aeron, final String egressHost) {
        this.shardId = shardId;
        this.contexts = contexts;
        this.aeron = aeron;
        this.egressHost = egressHost;
    }

    @Override
    public boolean isBusy() {
        return commandLength > 0;
    }

    @Override
    public void send(
            final DirectBuffer buffer, final int length, final long correlationId, final ReplyHandler handler) {
        command.putBytes(0, buffer, 0, length);
        commandLength = length;
        commandCorrelationId = correlationId;
        replyHandler = handler;
        descriptionHandler = null;
        nextSendNs = System.nanoTime();
        if (termLength == TERM_LENGTH && length + SESSION_HEADER_LENGTH > TERM_LENGTH / 8) {
            termLength = LONG_TERM_LENGTH;
            close();
            nextConnectNs = nextSendNs;
        }
    }

    @Override
    public void describe(final long correlationId, final DescriptionHandler handler) {
        describeShard.wrapAndApplyHeader(command, 0, headerEncoder).correlationId(correlationId);
        commandLength = MessageHeaderEncoder.ENCODED_LENGTH + describeShard.encodedLength();
        commandCorrelationId = correlationId;
        replyHandler = null;
        descriptionHandler = handler;
        nextSendNs = System.nanoTime();
    }

    @Override
    public int poll(final long nowNs) {
        if (cluster == null) {
            return connect(nowNs);
        }
        if (cluster.isClosed()) {
            disconnect(nowNs);
            return 1;
        }
        int workCount = cluster.pollEgress();
        if (cluster != null && nowNs - nextKeepAliveNs >= 0) {
            nextKeepAliveNs = nowNs + KEEP_ALIVE_NS;
            cluster.sendKeepAlive();
            workCount++;
        }
        if (cluster != null && commandLength > 0 && nowNs - nextSendNs >= 0) {
            if (cluster.offer(command, 0, commandLength) > 0) {
                nextSendNs = nowNs + REPEAT_NS;
                workCount++;
            }
        }
        return workCount;
    }

    @Override
    public void disconnect() {
        disconnect(System.nanoTime());
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(connect, cluster);
        connect = null;
        cluster = null;
    }

    private int connect(final long nowNs) {
        if (connect == null) {
            if (nowNs - nextConnectNs < 0) {
                return 0;
            }
            // It throws where the driver refuses, and the next try shall not come before the pause is over.
            nextConnectNs = nowNs + RECONNECT_NS;
            connect = AeronCluster.asyncConnect(new AeronCluster.Context()
                    .aeron(aeron)
                    .ownsAeronClient(false)
                    .credentialsSupplier(contexts.ingressCredentials())
                    .ingressChannel("aeron:udp?term-length=" + termLength)
                    .ingressEndpoints(contexts.ingressEndpoints(shardId))
                    .egressChannel("aeron:udp?term-length=64k|endpoint=" + egressHost + ":0")
                    .messageTimeoutNs(MESSAGE_TIMEOUT_NS)
                    .egressListener(newEgressListener()));
        }
        final AeronCluster.AsyncConnect.State state = connect.state();
        try {
            cluster = connect.poll();
        } catch (final RuntimeException ex) {
            // No leader yet, or the leader went away while connecting: normal during elections, so try again.
            disconnect(nowNs);
            return 1;
        }
        if (cluster == null) {
            // Waiting is no work: the owner would not idle, and during an election the other threads need its core.
            return connect.state() == state ? 0 : 1;
        }
        connect = null;
        nextKeepAliveNs = nowNs + KEEP_ALIVE_NS;
        nextSendNs = nowNs;
        return 1;
    }

    private void disconnect(final long nowNs) {
        close();
        nextConnectNs = nowNs + RECONNECT_NS;
    }

    private EgressListener newEgressListener() {
        return (clusterSessionId, timestamp, buffer, offset, length, header) -> onEgress(buffer, offset);
    }

    private void onEgress(final DirectBuffer buffer, final int offset) {
        headerDecoder.wrap(buffer, offset);
        if (commandLength == 0 || headerDecoder.schemaId() != CommandReplyDecoder.SCHEMA_ID) {
            return;
        }
        if (headerDecoder.templateId() == CommandReplyDecoder.TEMPLATE_ID) {
            onCommandReply(buffer, offset);
        } else if (headerDecoder.templateId() == ShardDescriptionDecoder.TEMPLATE_ID) {
            onDescription(buffer, offset);
        }
    }

    private void onCommandReply(final DirectBuffer buffer, final int offset) {
        replyDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
        final long correlationId = replyDecoder.correlationId();
        final long detail = replyDecoder.detail();
        replyDecoder.journalPosition();
        final ResultCode code = replyDecoder.code();
        if (replyHandler != null && correlationId == commandCorrelationId) {
            final ReplyHandler handler = replyHandler;
            commandLength = 0;
            replyHandler = null;
            handler.onReply(code, detail);
        }
    }

    private void onDescription(final DirectBuffer buffer, final int offset) {
        descriptionDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
        if (descriptionHandler != null && descriptionDecoder.correlationId() == commandCorrelationId) {
            final DescriptionHandler handler = descriptionHandler;
            commandLength = 0;
            descriptionHandler = null;
            handler.onDescription(descriptionDecoder);
        }
    }
}
