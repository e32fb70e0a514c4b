import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Publisher;
import io.lockstep.client.ReplyListener;
import io.lockstep.client.Requester;
import io.lockstep.client.RequesterConfig;
import io.lockstep.client.Responder;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** A service that answers with the length of its request, and a caller. Argument: the nodes, host:port,host:port,… */
public final class RequestReply {
    private static boolean isEnded;

    private RequestReply() {}

    public static void main(final String[] args) {
        // Usually two programs; each has a client of its own.
        try (LockstepClient serviceClient = LockstepClient.connect(args[0]);
                LockstepClient callerClient = LockstepClient.connect(args[0])) {
            final UnsafeBuffer answer = new UnsafeBuffer(new byte[Integer.BYTES]);
            final Responder responder = serviceClient.addResponder(
                    new SubscriberConfig().filter("examples/length"), (request, service) -> {
                        answer.putInt(0, request.payloadLength());
                        final long result = service.reply(request, answer, 0, Integer.BYTES);
                        // What is not taken yet comes again.
                        return Publisher.isTaken(result) ? Action.CONTINUE : Action.ABORT;
                    });
            // A live service gets what is asked from now on.
            while (!responder.subscriber().isConnected()) {
                serviceClient.doWork();
            }

            final Requester requester = callerClient.addRequester(new RequesterConfig());
            final byte[] question = "how long is this?".getBytes(StandardCharsets.UTF_8);
            while (!Publisher.isTaken(requester.request(
                    "examples/length",
                    new UnsafeBuffer(question),
                    0,
                    question.length,
                    TimeUnit.SECONDS.toNanos(30),
                    new Printer()))) {
                callerClient.doWork();
            }
            while (!isEnded) {
                serviceClient.doWork();
                callerClient.doWork();
            }
        }
    }

    private static final class Printer implements ReplyListener {
        @Override
        public void onReply(final long requestId, final Message reply) {
            System.out.println("the reply: " + reply.buffer().getInt(reply.payloadOffset()));
            isEnded = true;
        }

        @Override
        public void onTimeout(final long requestId) {
            System.out.println("no reply in time");
            isEnded = true;
        }

        @Override
        public void onRefused(final long requestId, final ResultCode code, final long detail) {
            System.out.println("refused: " + code);
            isEnded = true;
        }
    }
}
