"""An EC2 instance in namespaces: what CodeDeploy, systemd and Amazon Linux do there, so that our scripts really run.

`namespace` makes the machine, `amazon_linux` its packages, `systemctl` and `confine` its services, `agent` is
CodeDeploy's, `visitor` uses the page meanwhile, `scenario` is the story; `tests/infra/test_deployment.py` judges it.
"""
