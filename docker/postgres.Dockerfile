# PostgreSQL as docker-compose.yml runs it: the official image under the account that owns the secret files, with places of its own for the
# database and for the write-ahead log that is kept for restoring.
ARG POSTGRES=15-bookworm
FROM postgres:${POSTGRES} AS files
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/jamemr-postgres /var/lib/jamemr-archive
# Who may come: over the socket in the container, or over TLS with a password.
RUN install -d -m 0755 /etc/jamemr && printf '%s\n' \
    'local   all         all      trust' \
    'local   replication all      trust' \
    'hostssl all         all all  scram-sha-256' > /etc/jamemr/pg_hba.conf

FROM files AS postgres
ENV PGDATA=/var/lib/jamemr-postgres/data
USER 10001:10001
