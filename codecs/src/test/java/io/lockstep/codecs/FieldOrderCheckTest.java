package io.lockstep.codecs;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

class FieldOrderCheckTest {
    private static final String BOUNDS_PROPERTY = "agrona.disable.bounds.checks";

    @Test
    void shouldRefuseFieldsOutOfOrderWhenTestsRun() {
        final PublishEncoder encoder =
                new PublishEncoder().wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, new MessageHeaderEncoder());
        final PublishEncoder.EntriesEncoder entries = encoder.entriesCount(1).next();

        assertThrows(IllegalStateException.class, () -> entries.putPayload(new byte[1], 0, 1));
    }

    @Test
    void shouldNotCheckTheOrderWhenAProcessRunsWithoutBoundsChecks() throws Exception {
        final String before = System.getProperty(BOUNDS_PROPERTY);
        System.setProperty(BOUNDS_PROPERTY, "true");
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            assertDoesNotThrow(() -> encodeOutOfOrder(loader));
        } finally {
            restore(before);
        }
    }

    @Test
    void shouldCheckTheOrderInAFreshClassLoaderWhenBoundsChecksAreOn() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            final InvocationTargetException thrown =
                    assertThrows(InvocationTargetException.class, () -> encodeOutOfOrder(loader));
            assertInstanceOf(IllegalStateException.class, thrown.getCause());
        }
    }

    // The check is a constant of each generated class, so another setting needs another class.
    private static void encodeOutOfOrder(final ClassLoader loader) throws ReflectiveOperationException {
        final Class<?> bufferType = loader.loadClass("org.agrona.MutableDirectBuffer");
        final Class<?> encoderType = loader.loadClass("io.lockstep.codecs.CreateTopicEncoder");
        final Object buffer = loader.loadClass("org.agrona.ExpandableArrayBuffer")
                .getConstructor()
                .newInstance();
        final Object encoder = encoderType.getConstructor().newInstance();
        encoderType.getMethod("wrap", bufferType, int.class).invoke(encoder, buffer, 0);
        encoderType.getMethod("topicName", String.class).invoke(encoder, "late");
        encoderType.getMethod("topicName", String.class).invoke(encoder, "again");
    }

    private static URL[] classPath() {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            try {
                urls.add(new File(entry).toURI().toURL());
            } catch (final MalformedURLException ex) {
                throw new IllegalStateException("not a class path entry: " + entry, ex);
            }
        }
        return urls.toArray(new URL[0]);
    }

    private static void restore(final String before) {
        if (before == null) {
            System.clearProperty(BOUNDS_PROPERTY);
        } else {
            System.setProperty(BOUNDS_PROPERTY, before);
        }
    }
}
