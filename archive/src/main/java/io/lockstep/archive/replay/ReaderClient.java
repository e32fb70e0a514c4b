package io.lockstep.archive.replay;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.AeronException;
import java.util.function.Function;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;

/**
 * A media driver of its own with an Aeron client, for tools that read journals and have no driver yet. Owns both and
 * their directory. Made and closed by one thread; the client may be used by several.
 */
public final class ReaderClient implements AutoCloseable {
    private final MediaDriver driver;
    private final Aeron aeron;

    private ReaderClient(final MediaDriver driver, final Aeron aeron) {
        this.driver = driver;
        this.aeron = aeron;
    }

    /**
     * Launches a driver with one thread and connects to it.
     *
     * @param errorHandler of driver and client.
     * @return the connected client.
     */
    public static ReaderClient launch(final ErrorHandler errorHandler) {
        final MediaDriver driver = MediaDriver.launchEmbedded(ReaderDriver.configure(
                new MediaDriver.Context()
                        .aeronDirectoryName(CommonContext.generateRandomDirName())
                        .threadingMode(ThreadingMode.SHARED)
                        .termBufferSparseFile(true)
                        .dirDeleteOnStart(true)
                        .dirDeleteOnShutdown(true)
                        .errorHandler(errorHandler),
                JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS));
        try {
            return new ReaderClient(
                    driver,
                    Aeron.connect(new Aeron.Context()
                            .aeronDirectoryName(driver.aeronDirectoryName())
                            .errorHandler(errorHandler)));
        } catch (final RuntimeException ex) {
            CloseHelper.close(driver);
            throw ex;
        }
    }

    /**
     * Runs a task of a tool with a client of its own. What Aeron reports while it runs is no stack trace on the terminal
     * but a sentence for whoever asked: behind the failure of the task, or as a failure where the task itself succeeded.
     * Aeron's warnings are about what it repeats by itself; they are only told where the task failed.
     *
     * @param task is given the connected client, which ends with it.
     * @param <T>  type of the result.
     * @return what the task returned.
     * @throws IllegalStateException with one line, if the task threw such an exception or one of Aeron's, or Aeron
     *                               reported an error.
     */
    public static <T> T use(final Function<Aeron, T> task) {
        final FirstErrors errors = new FirstErrors();
        final T result;
        try (ReaderClient client = launch(errors)) {
            result = task.apply(client.aeron());
        } catch (final IllegalStateException | AeronException ex) {
            throw new IllegalStateException(errors.behind(FirstErrors.sentenceOf(ex)), ex);
        }
        errors.throwIfSerious();
        return result;
    }

    /**
     * The client.
     *
     * @return connected; closed with this.
     */
    public Aeron aeron() {
        return aeron;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(aeron, driver);
    }
}
