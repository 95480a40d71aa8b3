package claviger.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The HTTP side of a {@link TestIssuer}. */
final class IssuerServer {
  private final TestIssuer issuer;
  private final List<String> paths = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private ExecutorService threads;
  private int port;

  IssuerServer(TestIssuer issuer) {
    this.issuer = issuer;
  }

  /** At the same address as before, if it was open. */
  synchronized void open() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    port = server.getAddress().getPort();
    threads = Executors.newCachedThreadPool(work -> {
      Thread thread = new Thread(work, "claviger-test-issuer");
      thread.setDaemon(true);
      return thread;
    });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  synchronized void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  synchronized int port() {
    return port;
  }

  int requests(String path) {
    return (int) paths.stream().filter(one -> one.endsWith(path)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    paths.add(path);
    try {
      if (path.endsWith("/oauth2/jwks")) {
        answer(exchange, 200, issuer.keySet());
      } else if (!isAuthenticated(exchange)) {
        answer(exchange, 401, "{\"error\":\"invalid_client\"}");
      } else if (path.endsWith("/revocations")) {
        answer(exchange, 200, issuer.feed(form(exchange.getRequestURI().getRawQuery())));
      } else if (path.endsWith("/oauth2/introspect")) {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        answer(exchange, 200, issuer.introspect(form(body).get("token")));
      } else {
        answer(exchange, 404, "{}");
      }
    } catch (InterruptedException error) {
      // It is going down.
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private boolean isAuthenticated(HttpExchange exchange) {
    String pair = issuer.clientId() + ":" + issuer.clientKey();
    String expected = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    return ("Basic " + expected).equals(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  private static Map<String, String> form(String text) {
    Map<String, String> values = new HashMap<>();
    for (String pair : text.split("&")) {
      String[] parts = pair.split("=", 2);
      values.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return values;
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
