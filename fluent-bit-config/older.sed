# Makes the configurations fit for Fluent Bit 3.2 to 5.0:  sed -i -f older.sed *.yaml
#
# All lines of eset.env are needed then: what is commented out there has no default any more. Before 4.0 the secret has to be
# there too, as secret.yaml does not work: see README.md.

# ${NAME:-default} is new in 5.1.
s/\${\([A-Z_]*\):-[^}]*}/${\1}/g

# Not all of them know these. Without the first, tokens come from login.microsoftonline.com.
/^ *auth_url:/d
/^ *tls.min_version:/d
/^ *request_limit:/d

# Nor a parser of the tcp input, without which it keeps no sender address.
/- name: tcp$/,/storage.type/{
    /^ *parser:/d
    /^ *source_address_key:/d
}
