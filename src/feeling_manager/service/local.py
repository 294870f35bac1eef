"""What `feeling serve` needs on one's own machine: a free port, an address on the network, a certificate for it."""

import datetime
import ipaddress
import os
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from feeling_manager.service.errors import ConfigurationError

_DAYS = 365


def bind(host: str, port: int | None) -> socket.socket:
    """A socket on `port`; where none is asked for, on 8000 or the next that is free. Raises ConfigurationError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in range(8000, 8100) if port is None else (port,):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((host, number))
            # a bound port can still be another's to listen on
            candidate.listen(128)
        except OSError as error:
            candidate.close()
            reason = error.strerror or str(error)
        except OverflowError:
            candidate.close()
            reason = "there is no such port"
        else:
            return candidate
    raise ConfigurationError(f"Port {port or '8000 to 8099'} of {host} can't be used ({reason}); give another --port.")


def lan_address() -> str:
    """This machine's address in its network. Raises ConfigurationError where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # nothing is sent: this only asks which address would be used
            probe.connect(("192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError as error:
            raise ConfigurationError("This machine is in no network; connect it, or leave out --lan.") from error
    return address


def certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """A self-signed certificate for this address and localhost, with its key; made again when it does not fit."""
    cert_path, key_path = folder / "lan.crt", folder / "lan.key"
    if not _fits(cert_path, key_path, address):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _make(cert_path, key_path, address)
        except OSError as error:
            raise ConfigurationError(f"The certificate can't be kept in {folder} ({error.strerror}).") from error
    return cert_path, key_path


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _fits(cert_path: Path, key_path: Path, address: str) -> bool:
    try:
        found = x509.load_pem_x509_certificate(cert_path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    listed = names.get_values_for_type(x509.IPAddress)
    fresh = found.not_valid_after_utc - _now() > datetime.timedelta(days=7)
    return key_path.is_file() and fresh and ipaddress.ip_address(address) in listed


def _make(cert_path: Path, key_path: Path, address: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Feeling Manager on this network")])
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address(address)),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(hours=1))
        .not_valid_after(_now() + datetime.timedelta(days=_DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    handle = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    cert_path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
