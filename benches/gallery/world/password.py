"""How good a password is, and why: length, kinds of characters, repetitions, and a list of those that are tried first."""
import re

common = ["password", "123456", "qwerty", "letmein", "dragon", "monkey"]


def judge(password):
    faults = []
    if len(password) < 12:
        faults.append(f"only {len(password)} characters")
    kinds = sum(re.search(kind, password) is not None for kind in [r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z0-9]"])
    if kinds < 3:
        faults.append(f"only {kinds} kinds of characters")
    if len(set(password)) * 3 < len(password):
        faults.append("the same characters again and again")
    plain = password.lower().replace("0", "o").replace("1", "i").replace("@", "a")
    for word in common:
        if word in plain or word in password:
            faults.append(f'it has "{word}" in it')
    return faults


for password in ["secret", "P@ssw0rd2026!", "aaaaaaaaaaaaaaaaA1!", "correct horse Battery 9 staple"]:
    faults = judge(password)
    print(f"{password:32}{', '.join(faults) if faults else 'good'}")
