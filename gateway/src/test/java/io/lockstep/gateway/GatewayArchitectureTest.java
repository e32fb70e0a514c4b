package io.lockstep.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class GatewayArchitectureTest {
    // Imported once: that takes longer than all rules.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.gateway");

    @Test
    void shouldStayPureWhenItIsInTheSessionRoom() {
        classes()
                .that()
                .resideInAPackage("io.lockstep.gateway.session")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.gateway.session",
                        "io.lockstep.topic",
                        "io.lockstep.wire",
                        "io.lockstep.codecs",
                        "java.lang..",
                        "java.util",
                        "java.nio.charset",
                        // TimeUnit; executors are forbidden below.
                        "java.util.concurrent",
                        "org.agrona",
                        "org.agrona.collections",
                        "org.agrona.concurrent")
                .because("sessions and their tree are tested without network, cluster and time")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoClockThreadOrRandomWhenItIsInTheSessionRoom() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.gateway.session")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, Random.class, UUID.class, Executor.class)
                .because("time is an argument")
                .check(CLASSES);
    }

    @Test
    void shouldHaveNoMutableStaticsWhenItIsInTheSessionRoom() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage("io.lockstep.gateway.session")
                .and()
                .areStatic()
                .should()
                .beFinal()
                .check(CLASSES);
    }

    @Test
    void shouldFollowTheArrowsWhenPackagesDependOnEachOther() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("process")
                .definedBy("io.lockstep.gateway")
                .layer("mqtt")
                .definedBy("io.lockstep.gateway.mqtt")
                .layer("bridge")
                .definedBy("io.lockstep.gateway.bridge")
                .layer("session")
                .definedBy("io.lockstep.gateway.session")
                .whereLayer("process")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("mqtt")
                .mayOnlyBeAccessedByLayers("process")
                .whereLayer("bridge")
                .mayOnlyBeAccessedByLayers("process", "mqtt")
                .check(CLASSES);
    }

    @Test
    void shouldKnowNoProtocolWhenItIsTheBridge() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.gateway.bridge")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("other front ends use the same bridge")
                .check(CLASSES);
    }

    @Test
    void shouldNotKnowTheClusterWhenItIsAFrontEnd() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.gateway.mqtt")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.client..", "io.lockstep.archive..", "io.aeron..")
                .because("the bridge thread owns the client")
                .check(CLASSES);
    }

    @Test
    void shouldDependOnClientArchiveAndCodecsOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.cluster..", "io.lockstep.testkit..", "io.lockstep.perf..")
                .check(CLASSES);
    }
}
