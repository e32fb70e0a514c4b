package io.lockstep.testkit;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** The client that README.md shows: {@code ReadmeTest} compares the two, and {@link CommandLineSystemTest} runs it. */
final class ReadmeClient {
    private ReadmeClient() {}

    static void run(final String nodes) {
        // README begin
        try (LockstepClient client = LockstepClient.connect(nodes)) {
            Subscriber subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("plant/#").start(StartPosition.start()),
                    message -> System.out.println(
                            message.topic() + " " + message.payloadText() + " @" + message.position()));
            Publisher publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
            UnsafeBuffer payload = new UnsafeBuffer("21.5".getBytes(StandardCharsets.UTF_8));
            while (!Publisher.isTaken(publisher.offer("plant/7/boiler/temp", payload, 0, 4))) client.doWork();
            while (subscriber.poll(10) == 0) client.doWork();
        }
        // README end
    }
}
