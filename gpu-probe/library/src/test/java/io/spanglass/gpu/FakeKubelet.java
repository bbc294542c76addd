/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Assumptions;

/**
 * The kubelet's PodResources service on a Unix domain socket, by gRPC's and protobuf's own Java
 * implementations, with the messages of {@code k8s.io/kubelet/pkg/apis/podresources/v1/api.proto}.
 */
final class FakeKubelet implements AutoCloseable {
  private static final FileDescriptor API = api();

  /** Its remarks about socket options and clients that left; held so that the level stays. */
  private static final Logger NETTY = Logger.getLogger("io.grpc.netty.shaded");

  private final Path socket;
  private final EventLoopGroup loops = new EpollEventLoopGroup(1);
  private final Server server;
  final AtomicInteger calls = new AtomicInteger();
  volatile DynamicMessage answer;
  volatile Status failure = Status.OK;
  volatile boolean silent;

  private FakeKubelet(Path socket, DynamicMessage answer) throws IOException {
    NETTY.setLevel(Level.SEVERE);
    this.socket = socket;
    this.answer = answer;
    MethodDescriptor<byte[], byte[]> list =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("v1.PodResourcesLister/List")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .directExecutor()
            .addService(
                ServerServiceDefinition.builder("v1.PodResourcesLister")
                    .addMethod(list, ServerCalls.asyncUnaryCall(this::list))
                    .build())
            .build()
            .start();
  }

  /** Starts one, or skips the test where there are no epoll sockets. */
  static FakeKubelet start(Path socket, DynamicMessage answer) throws IOException {
    Assumptions.assumeTrue(
        Epoll.isAvailable(), "SKIPPED: a gRPC server on a Unix domain socket needs epoll (Linux)");
    return new FakeKubelet(socket, answer);
  }

  private void list(byte[] request, StreamObserver<byte[]> response) {
    calls.incrementAndGet();
    if (silent) {
      return;
    }
    if (!failure.isOk()) {
      response.onError(failure.asRuntimeException());
      return;
    }
    response.onNext(answer.toByteArray());
    response.onCompleted();
  }

  /** Goes away as a kubelet that is stopped does. */
  @Override
  public void close() throws IOException, InterruptedException {
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    var stopped = loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    if (!stopped) {
      throw new IOException("the server does not stop");
    }
    Files.deleteIfExists(socket);
  }

  // ---- messages

  static DynamicMessage pods(DynamicMessage... pods) {
    DynamicMessage.Builder response = message("ListPodResourcesResponse");
    for (DynamicMessage pod : pods) {
      add(response, "pod_resources", pod);
    }
    return response.build();
  }

  /** A pod with one container of the same name and one resource. */
  static DynamicMessage pod(String namespace, String name, String resource, String... devices) {
    return pod(namespace, name, List.of(container("main", resource, devices)));
  }

  static DynamicMessage pod(String namespace, String name, List<DynamicMessage> containers) {
    DynamicMessage.Builder pod = message("PodResources");
    set(pod, "name", name);
    set(pod, "namespace", namespace);
    containers.forEach(container -> add(pod, "containers", container));
    return pod.build();
  }

  /** With CPUs, memory and topology as a real one, which the probe has to pass over. */
  static DynamicMessage container(String name, String resource, String... ids) {
    DynamicMessage.Builder numa = message("NUMANode");
    set(numa, "ID", 1L);
    DynamicMessage.Builder topology = message("NUMATopology");
    add(topology, "nodes", numa.build());
    DynamicMessage.Builder devices = message("ContainerDevices");
    set(devices, "resource_name", resource);
    for (String id : ids) {
      add(devices, "device_ids", id);
    }
    set(devices, "topology", topology.build());
    DynamicMessage.Builder memory = message("ContainerMemory");
    set(memory, "memory_type", "hugepages-1Gi");
    set(memory, "size", 1L << 40);
    DynamicMessage.Builder container = message("ContainerResources");
    set(container, "name", name);
    add(container, "devices", devices.build());
    for (long cpu = 0; cpu < 200; cpu += 7) {
      add(container, "cpu_ids", cpu);
    }
    add(container, "memory", memory.build());
    return container.build();
  }

  private static DynamicMessage.Builder message(String type) {
    Descriptor descriptor = API.findMessageTypeByName(type);
    return DynamicMessage.newBuilder(descriptor);
  }

  private static void set(DynamicMessage.Builder message, String field, Object value) {
    message.setField(message.getDescriptorForType().findFieldByName(field), value);
  }

  private static void add(DynamicMessage.Builder message, String field, Object value) {
    message.addRepeatedField(message.getDescriptorForType().findFieldByName(field), value);
  }

  private static FileDescriptor api() {
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("api.proto")
            .setPackage("v1")
            .setSyntax("proto3")
            .addMessageType(
                type("ListPodResourcesResponse", many("pod_resources", 1, "PodResources")))
            .addMessageType(
                type(
                    "PodResources",
                    text("name", 1),
                    text("namespace", 2),
                    many("containers", 3, "ContainerResources")))
            .addMessageType(
                type(
                    "ContainerResources",
                    text("name", 1),
                    many("devices", 2, "ContainerDevices"),
                    number("cpu_ids", 3).toBuilder()
                        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
                        .build(),
                    many("memory", 4, "ContainerMemory")))
            .addMessageType(
                type(
                    "ContainerDevices",
                    text("resource_name", 1),
                    text("device_ids", 2).toBuilder()
                        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
                        .build(),
                    one("topology", 3, "NUMATopology")))
            .addMessageType(
                type(
                    "ContainerMemory",
                    text("memory_type", 1),
                    number("size", 2),
                    one("topology", 3, "NUMATopology")))
            .addMessageType(type("NUMATopology", many("nodes", 1, "NUMANode")))
            .addMessageType(type("NUMANode", number("ID", 1)))
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[0]);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DescriptorProto type(String name, FieldDescriptorProto... fields) {
    return DescriptorProto.newBuilder().setName(name).addAllField(List.of(fields)).build();
  }

  private static FieldDescriptorProto field(
      String name, int number, FieldDescriptorProto.Type type, FieldDescriptorProto.Label label) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(label)
        .build();
  }

  private static FieldDescriptorProto text(String name, int number) {
    return field(
        name,
        number,
        FieldDescriptorProto.Type.TYPE_STRING,
        FieldDescriptorProto.Label.LABEL_OPTIONAL);
  }

  private static FieldDescriptorProto number(String name, int number) {
    return field(
        name,
        number,
        FieldDescriptorProto.Type.TYPE_INT64,
        FieldDescriptorProto.Label.LABEL_OPTIONAL);
  }

  private static FieldDescriptorProto one(String name, int number, String type) {
    return field(
            name,
            number,
            FieldDescriptorProto.Type.TYPE_MESSAGE,
            FieldDescriptorProto.Label.LABEL_OPTIONAL)
        .toBuilder()
        .setTypeName(".v1." + type)
        .build();
  }

  private static FieldDescriptorProto many(String name, int number, String type) {
    return one(name, number, type).toBuilder()
        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
