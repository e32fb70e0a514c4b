import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishException;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;

/**
 * Two writers of one topic: a message is accepted only if the topic stands where its writer saw it, so none overwrites what
 * it has not seen. Argument: the nodes, host:port,host:port,…
 */
public final class ConditionalPublish {
    private ConditionalPublish() {}

    public static void main(final String[] args) {
        final String topic = "examples/setpoint";
        try (LockstepClient client = LockstepClient.connect(args[0]);
                BlockingPublisher first = client.addBlockingPublisher(new PublisherConfig());
                BlockingPublisher second = client.addBlockingPublisher(new PublisherConfig())) {
            // 0: the topic must hold nothing yet.
            first.publishIfSequence(topic, 0, null, bytes("20"));
            System.out.println("the first writer set 20");
            try {
                second.publishIfSequence(topic, 0, null, bytes("25"));
                System.out.println("never printed");
            } catch (final PublishException ex) {
                if (ex.code() != ResultCode.EXPECTED_SEQUENCE_MISMATCH) {
                    throw ex;
                }
                System.out.println("the second writer was refused: the topic stands at " + ex.detail());
                second.publishIfSequence(topic, ex.detail(), null, bytes("25"));
                System.out.println("the second writer looked again and set 25");
            }
        }
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
