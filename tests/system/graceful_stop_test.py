"""TERM: accepting stops, what is in flight is answered, everything is committed, exit 0. Guards 9.2, 12."""
import signal
import socket
import threading
import unittest

from harness import SystemTest, await_gone


class GracefulStop(SystemTest):
    def test_every_request_gets_one_response_and_acknowledged_ones_are_stored(self):
        server = self.running(log={"level": "interaction"})
        outcomes = []
        started = threading.Barrier(9)

        def client(number):
            connection = server.connect()
            n = 0
            try:
                while True:
                    mark = f"{number}-{n}"
                    n += 1
                    answer = server.add(SEQ=mark, connection=connection)
                    outcomes.append((mark, answer.status))
                    if n == 1:
                        started.wait()
            except (OSError, ConnectionError):
                return  # the port is closed: this request was never accepted
            except Exception as error:  # a cut-off answer would be a failure
                if "RemoteDisconnected" not in type(error).__name__:
                    outcomes.append((mark, repr(error)))

        clients = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for thread in clients:
            thread.start()
        started.wait()
        server.kill(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        for thread in clients:
            thread.join()
        await_gone(server.proxy_pid)
        self.assertEqual([o for o in outcomes if o[1] not in (200, 503)], [])
        stored = {mark for (mark,) in server.rows("SELECT json_extract(custom, '$.SEQ') FROM records")}
        self.assertEqual([m for m, status in outcomes if status == 200 and m not in stored], [])
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port))
        self.assertFalse(server.control.exists())

    def test_outpostctl_stop_returns_when_the_process_is_gone(self):
        server = self.running()
        server.ctl("stop")
        self.assertEqual(server.wait(5), 0)


if __name__ == "__main__":
    unittest.main()
