package io.lockstep.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ClientArchitectureTest {
    private static final String WINDOW = "io.lockstep.client.window";

    private static final DescribedPredicate<JavaClass> IMMUTABLE = DescribedPredicate.<JavaClass>describe(
                    "a primitive", JavaClass::isPrimitive)
            .or(type(String.class))
            .or(type(ByteOrder.class));

    // Imported once: that takes longer than all rules.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.client", "io.lockstep.cli");

    @Test
    void shouldStayPureWhenItIsInTheWindowRoom() {
        classes()
                .that()
                .resideInAPackage(WINDOW)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                                "java.lang",
                                "java.lang.invoke",
                                "java.nio",
                                "org.agrona",
                                WINDOW,
                                "io.lockstep.codecs",
                                "io.lockstep.wire")
                        // Their packages are also those of chance, clocks and queues.
                        .or(type(Arrays.class))
                        .or(type(UnsafeBuffer.class))
                        .or(type(Long2LongHashMap.class)))
                .because("the window is tested with simulated time and a simulated shard")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoThreadsWhenItIsInTheWindowRoom() {
        noClasses()
                .that()
                .resideInAPackage(WINDOW)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, ThreadLocal.class, Runtime.class, ProcessBuilder.class)
                .because("one thread at a time uses a window, and the window does not know which")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoStaticStateWhenItIsInTheWindowRoom() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage(WINDOW)
                .and()
                .areStatic()
                .should()
                .beFinal()
                // A final array or buffer can still be written to.
                .andShould()
                .haveRawType(IMMUTABLE)
                .because("windows of one process must not share anything")
                .check(CLASSES);
    }

    @Test
    void shouldBeHandedTimeAndSeedWhenItIsInTheWindowRoom() {
        noClasses()
                .that()
                .resideInAPackage(WINDOW)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(System.class)
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(Object.class, "hashCode")
                .because("time and seed are handed in")
                .check(CLASSES);
    }

    @Test
    void shouldDependOnCodecsAndArchiveOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.cluster..", "io.lockstep.gateway..", "io.lockstep.testkit..", "io.lockstep.perf..")
                .because("client depends on codecs and archive only")
                .check(CLASSES);
    }

    @Test
    void shouldNotKnowTheCommandLineWhenItIsTheLibrary() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.cli..", "picocli..", "com.fasterxml..")
                .because("programs use the library without the command line")
                .check(CLASSES);
    }

    @Test
    void shouldUseThePublicApiWhenItIsTheCommandLine() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.client.internal..", "io.lockstep.client.window..")
                .because("what the command line needs, programs need too")
                .check(CLASSES);
    }
}
