package io.lockstep.codecs;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Samples of the messages between a client and a gateway. */
final class GoldenGatewayMessages {
    private static final long READ_ID = 0x0102030405060708L;
    private static final byte[] BYTES = {1, 2, 3};

    private final Consumer<MessageEncoderFlyweight> sink;

    GoldenGatewayMessages(final Consumer<MessageEncoderFlyweight> sink) {
        this.sink = sink;
    }

    void addAll(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        addSession(buffer, header);
        addShards(buffer, header);
        addReads(buffer, header);
    }

    private void addSession(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final byte[] password = "secret".getBytes(StandardCharsets.UTF_8);
        sink.accept(new GatewayHelloEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .protocolVersion(1)
                .responseStreamId(0x40000001)
                .clientName("pump")
                .user("anna")
                .putPassword(password, 0, password.length));
        sink.accept(new GatewayWelcomeEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .sessionId(7)
                .timeoutNs(10_000_000_000L)
                .shardCount(2));
        sink.accept(new GatewayRefusedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .refusal(GatewayRefusal.TOO_MANY_SESSIONS)
                .reason("full"));
        sink.accept(new GatewayKeepAliveEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .sessionId(7));
        sink.accept(
                new GatewayByeEncoder().wrapAndApplyHeader(buffer, 0, header).sessionId(7));
        sink.accept(new GatewayPieceEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .totalLength(2_000)
                .pieceOffset(1_300)
                .putPiece(BYTES, 0, BYTES.length));
    }

    private void addShards(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new GatewayShardStateEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .shardId(1)
                .leaderNodeId(2)
                .isConnected(BooleanType.TRUE));
        sink.accept(new GatewayCommandEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .shardId(1)
                .putCommand(BYTES, 0, BYTES.length));
        sink.accept(new GatewayAnswerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .shardId(1)
                .putAnswer(BYTES, 0, BYTES.length));
    }

    private void addReads(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final OpenReadEncoder open = new OpenReadEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .startValue(1L << 40)
                .shardId(1)
                .creditBytes(1 << 19)
                .startKind(ReadStart.POSITION)
                .isEverything(BooleanType.FALSE);
        open.filtersCount(1).next().filter("plant/+/#");
        sink.accept(open);
        sink.accept(new ReadCreditEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .consumedBytes(1L << 20));
        sink.accept(new CloseReadEncoder().wrapAndApplyHeader(buffer, 0, header).readId(READ_ID));
        sink.accept(new ReadRecordEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .position(1L << 40)
                .putRecord(BYTES, 0, BYTES.length));
        sink.accept(new ReadProgressEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .position(1L << 40)
                .nodeId(2)
                .reason("node 1 is silent"));
        sink.accept(new ReadLostEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .wantedPosition(64)
                .firstReadablePosition(1L << 26));
        sink.accept(new ReadRefusedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .readId(READ_ID)
                .refusal(GatewayRefusal.NOT_ALLOWED)
                .reason("not allowed"));
    }
}
