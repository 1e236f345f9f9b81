package commitlog

const childEnv = "TOPO_TEST_COMMITLOG"

func child(string) {}
