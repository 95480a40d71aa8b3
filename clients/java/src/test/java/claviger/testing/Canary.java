package claviger.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A listener on the loopback interface that nobody may connect to. */
public final class Canary implements AutoCloseable {
  private final ServerSocket listener;
  private final AtomicInteger connections = new AtomicInteger();
  private final Thread thread;

  public Canary() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread = new Thread(this::accept, "canary");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        listener.accept().close();
        connections.incrementAndGet();
      }
    } catch (IOException closed) {
      // It is over.
    }
  }

  public String url() {
    return "http://127.0.0.1:" + listener.getLocalPort() + "/keys";
  }

  /** Connects once, as a check that connections are seen, and returns how many there were beside that. */
  public int connections() throws IOException, InterruptedException {
    int before = connections.get();
    new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort()).close();
    // They are accepted in their order, so whatever came earlier has been counted then.
    Conditions.eventually("a connection is seen", () -> connections.get() > before);
    return connections.get() - 1;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
